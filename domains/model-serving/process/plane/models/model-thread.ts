import { parentPort, workerData } from 'node:worker_threads'
import type { CreateRunner } from '../../../model/model-runner.ts'
import type { ModelSource } from '../../../model/model-source.ts'
import type { Signature, Tensor } from '../../../model/tensor.ts'
import { measureRunUs } from './measure-runner.ts'

/** What a model's thread is started with. */
export interface ThreadTask {
  readonly source: ModelSource
}

export type FromThread =
  | { readonly kind: 'loaded'; readonly signature: Signature; readonly platform: string; readonly runUs: number }
  | { readonly kind: 'unloadable'; readonly reason: string }
  | { readonly kind: 'ran'; readonly id: number; readonly outputs: readonly Tensor[] }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }

export type ToThread =
  | { readonly kind: 'run'; readonly id: number; readonly inputs: readonly Tensor[] }
  | { readonly kind: 'close' }

/** The whole life of a model's thread: loads, measures, then runs what it is sent. Called by the thread's entry file. */
export async function startModelThread(createRunner: CreateRunner): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('startModelThread is called in a worker thread.')
  const say = (message: FromThread) => port.postMessage(message)
  const { source } = workerData as ThreadTask // set by threaded-runner.ts, which alone starts threads
  try {
    const runner = await createRunner(source)
    const { signature, platform } = runner
    port.on('message', (message: ToThread) => {
      if (message.kind === 'close') void runner.close().then(() => port.close())
      else void runFor(runner, message.id, message.inputs, say)
    })
    say({ kind: 'loaded', signature, platform, runUs: await measureRunUs(runner) })
  } catch (error) {
    say({ kind: 'unloadable', reason: sentenceOf(error) })
    port.close()
  }
}

async function runFor(
  runner: Awaited<ReturnType<CreateRunner>>,
  id: number,
  inputs: readonly Tensor[],
  say: (message: FromThread) => void,
): Promise<void> {
  try {
    say({ kind: 'ran', id, outputs: await runner.run(inputs) })
  } catch (error) {
    say({ kind: 'failed', id, reason: sentenceOf(error) })
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

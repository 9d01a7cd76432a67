import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { Tensor } from '@millrace/model-serving/plane'
import type { FromModule, ToModule } from './module-messages.ts'
import { readModule, readOutputs } from './module-contract.ts'
import type { ModelModule } from './module-contract.ts'

const port = parentPort
const { path } = workerData as { path: string } // set by create-module-runner.ts, which alone starts threads
const say = (message: FromModule) => port?.postMessage(message)

async function predict(module: ModelModule, { id, inputs }: ToModule): Promise<void> {
  try {
    const byName: Record<string, Tensor> = {}
    for (const input of inputs) byName[input.name] = input
    const answer: unknown = await module.predict(byName)
    say({ kind: 'ran', id, outputs: readOutputs(answer, module.signature.outputs, inputs[0]?.shape[0] ?? 1) })
  } catch (error) {
    say({ kind: 'failed', id, reason: error instanceof Error ? error.message : String(error) })
  }
}

try {
  const exported: unknown = await import(pathToFileURL(path).href)
  const module = readModule({ ...(exported as object) }) // a module's namespace is an object
  port?.on('message', (message: ToModule) => void predict(module, message))
  say({ kind: 'loaded', signature: module.signature })
} catch (error) {
  say({ kind: 'unusable', reason: error instanceof Error ? error.message : String(error) })
}

import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Name } from '@millrace/contract'
import { z } from 'zod'
import { PipelineSpec, problem } from '../contract.ts'

/** What `PUT /pipelines/{name}` takes, with the name that the module gives its pipeline. */
export type LoadedPipeline = z.output<typeof PipelineSpec> & { readonly name: string }

const timeoutMs = 60_000

/**
 * Loads a pipeline's module in a process of its own and says what it draws and which code it is: git commit and
 * digest of the uncommitted patch where it lies in a repository, and a digest over the module and the local files it
 * imports. Throws `pipelines/module-failed` with what the module threw.
 */
export async function loadPipeline(modulePath: string): Promise<LoadedPipeline> {
  const module = resolve(modulePath)
  if (!existsSync(module)) throw problem['module-failed']({ module, reason: 'there is no such file.' })
  const answer = await askChild(module)
  if (answer.pipeline === undefined)
    throw problem['module-failed']({ module, reason: answer.error ?? 'it says nothing.' })
  const parsed = PipelineSpec.extend({ name: Name }).safeParse(answer.pipeline)
  if (parsed.success) return parsed.data
  throw problem['module-failed']({ module, reason: z.prettifyError(parsed.error) })
}

interface Answer {
  readonly pipeline?: object
  readonly error?: string
}

function askChild(module: string): Promise<Answer> {
  const child = fork(fileURLToPath(new URL('./describe-pipeline.ts', import.meta.url)), [], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const { promise, resolve: settle } = Promise.withResolvers<Answer>()
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-4000)))
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    settle({ error: `it was not loaded within ${timeoutMs / 1000} s. Does it wait for something when it is imported?` })
  }, timeoutMs)
  child.once('message', (answer) => settle(answer as Answer)) // describe-pipeline.ts sends nothing else
  child.once('error', (error) => settle({ error: error.message }))
  child.once('close', () => {
    clearTimeout(timer)
    settle({ error: said === '' ? 'its process ended without a word.' : said })
  })
  child.send(module)
  return promise
}

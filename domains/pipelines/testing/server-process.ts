import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import type { PipelineRun } from '../contract.ts'
import { loadPipeline } from '../process/load-pipeline.ts'

type Run = z.output<typeof PipelineRun>

/** `testing/server.ts` as a process of its own, on a data directory that it may share with the ones before it. */
export interface ServerProcess {
  readonly url: string
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** Declares the pipeline of a module of `testing/`; gives its name. */
  apply(module: string): Promise<string>
  readRun(id: string): Promise<Run>
  ended(id: string): Promise<Run>
  /** Ends it by SIGKILL. */
  kill(): Promise<void>
  /** Ends it in good order. */
  stop(): Promise<void>
}

/** Starts the server and waits until it listens. */
export async function startServerProcess(dataDir: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const args = [
    fileURLToPath(new URL('./server.ts', import.meta.url)),
    '--data-dir',
    dataDir,
    '--port',
    '0',
    '--log-level',
    'error',
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  const url = await firstLine(child)
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const init =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await fetch(`${url}/api/millrace/v1/w/default${path}`, { method, ...init })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T // the caller says which answer the address gives
  }
  const readRun = (id: string) => call<Run>('GET', `/pipeline-runs/${id}`)
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return {
    url,
    call,
    readRun,
    apply: async (module) => {
      const { name, ...spec } = await loadPipeline(fileURLToPath(new URL(module, import.meta.url)))
      await call('PUT', `/pipelines/${name}`, spec)
      return name
    },
    ended: async (id) => {
      for (;;) {
        const run = await readRun(id)
        if (run.endedAtMs !== null) return run
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8').trim()))
    child.once('exit', (code) => reject(new Error(`The server ended with exit code ${code} before it listened.`)))
  })
}

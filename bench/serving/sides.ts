import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { serveModel } from '../harness/a-served-model.ts'
import type { FixedResult } from '../harness/fixed-load.ts'
import { fixedLoad } from '../harness/fixed-load.ts'
import { httpClient } from '../harness/http-load.ts'
import { cpuOf } from '../harness/process-cpu.ts'
import { startServer } from '../harness/server-process.ts'

/** A server under measurement. */
export interface Side {
  readonly name: string
  readonly url: string
  readonly path: string
  /** Of its first process: the processor time of all its children counts. */
  readonly pid: number
  stop(): Promise<void>
}

/** Millrace with the model at two endpoints, `logged` and `unlogged`. */
export async function startOurs(
  dataDir: string,
  flags: readonly string[] = [],
): Promise<Side & { at(name: string): Side }> {
  const server = await startServer(dataDir, flags)
  const client = httpClient(1)
  await serveModel(client, server.url)
  client.close()
  const at = (name: string): Side => ({
    name: `Millrace, ${name}`,
    url: server.predictUrl,
    path: `/v2/models/${name}/infer`,
    pid: server.pid,
    stop: () => Promise.resolve(),
  })
  return { ...at('logged'), at, stop: () => server.stop() }
}

/** The bare echo in a process of its own. */
export async function startEcho(): Promise<Side> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('bare-echo.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = await once(createInterface({ input: child.stdout }), 'line')
  return { name: 'bare node:http echo', url: String(said[0]), path: '/', pid: child.pid ?? 0, stop: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

export interface SideResult extends FixedResult {
  /** Processor time of all of the server's processes, per answered request. */
  readonly cpuUs: number
}

export interface SideLoad {
  readonly body: Uint8Array
  readonly connections: number
  readonly seconds: number
  readonly headers?: Readonly<Record<string, string>>
  readonly perSecond?: number
}

/** Warms a side up, then measures it. */
export async function measureSide(side: Side, load: SideLoad): Promise<SideResult> {
  const { url, path } = side
  await fixedLoad({ ...load, url, path, seconds: Math.min(2, load.seconds) })
  const before = cpuOf(side.pid).seconds
  const result = await fixedLoad({ ...load, url, path })
  const cpuSeconds = cpuOf(side.pid).seconds - before
  return { ...result, cpuUs: (cpuSeconds / Math.max(1, result.requests)) * 1e6 }
}

/** Runs with a side and stops it, whatever came of it. */
export async function thenStop(side: { stop(): Promise<void> }, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } finally {
    await side.stop()
  }
}

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'

// The program as people start it.
const program = fileURLToPath(new URL('../main.ts', import.meta.url))

/** A server in a process of its own. */
export interface Server {
  readonly child: ChildProcess
  readonly url: string
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Starts a command. */
export function start(
  argv: readonly string[],
  url = 'http://127.0.0.1:1',
): { child: ChildProcess; ended: Promise<Ended> } {
  const env = { ...process.env, MILLRACE_URL: url }
  const child = spawn(process.execPath, [program, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout?.on('data', (piece) => (text.out += String(piece)))
  child.stderr?.on('data', (piece) => (text.err += String(piece)))
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, ...text }))) }
}

/** Starts a server and waits until it listens. */
export async function serve(dataDir: string): Promise<Server> {
  const { child } = start(['server', '--port', '0', '--data-dir', dataDir, '--data-plane-processes', '1'])
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (piece) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(String(piece))
      if (found !== null) resolve(found[0])
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  return { child, url }
}

export async function stop({ child }: Server, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

/** Asks a server below a workspace; bytes are sent as they are. */
export async function call<T>(
  server: Server,
  method: string,
  path: string,
  body?: unknown,
  workspace = 'default',
): Promise<T> {
  const isBytes = body instanceof Uint8Array
  const type = isBytes ? 'application/octet-stream' : 'application/json'
  const sent = isBytes ? new Uint8Array(body) : JSON.stringify(body ?? {})
  const response = await fetch(`${server.url}/api/millrace/v1/w/${workspace}${path}`, {
    method,
    ...(method === 'GET' ? {} : { body: sent, headers: { 'content-type': type } }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T // the test knows what it asks for
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** The digest of what an address answers. */
export async function digestAt(server: Server, path: string, workspace = 'default'): Promise<string> {
  const response = await fetch(`${server.url}/api/millrace/v1/w/${workspace}${path}`)
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
  return digestOf(new Uint8Array(await response.arrayBuffer()))
}

/** A run with a metric of three points, a tag and an artifact of bytes that nobody else has. */
export async function writeRun(server: Server, step: number): Promise<{ id: string; digest: string }> {
  const { id } = await call<{ id: string }>(server, 'POST', '/runs', {
    experiment: 'e',
    params: { step: String(step) },
  })
  const metrics = [0, 1, 2].map((point) => ({ key: 'loss', value: step + point / 8, step: point }))
  await call(server, 'POST', `/runs/${id}/log`, { metrics, tags: { note: `run ${step} 🌊` } })
  const bytes = randomBytes(2000 + step)
  await call(server, 'PUT', `/runs/${id}/artifacts/model/weights.bin`, bytes)
  return { id, digest: digestOf(bytes) }
}

/** A run with its points and the digest of its artifact, as a server answers. */
export async function seenRun(server: Server, id: string, workspace = 'default') {
  const points = await call(server, 'GET', `/runs/${id}/metrics/loss`, undefined, workspace)
  const run = await call<Record<string, unknown>>(server, 'GET', `/runs/${id}`, undefined, workspace)
  return { run, points, digest: await digestAt(server, `/runs/${id}/artifacts/model/weights.bin`, workspace) }
}

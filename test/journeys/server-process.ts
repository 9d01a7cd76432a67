import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const serverMain = fileURLToPath(new URL('../../apps/server/main.ts', import.meta.url))
const cliMain = fileURLToPath(new URL('../../apps/cli/main.ts', import.meta.url))
const running = new Set<ChildProcess>()

/** A server as a user runs one: a process of its own, on a free port. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  /** What it wrote to its error output so far. */
  errors(): string
  /** Ends it as a supervisor would, and waits for the end. */
  stop(): Promise<void>
  /** Ends it at once, as a crash would, and waits for the end. */
  kill(): Promise<void>
}

export interface ServerOptions {
  readonly port?: number | undefined
  readonly flags?: readonly string[]
  /** Runs the server below another command, such as `setpriv …`; it must replace itself by the server. */
  readonly below?: readonly string[]
}

/** How a process ended, with all that it said. */
export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Starts a server and waits until it says where it listens. Throws with its last words when it ends before that. */
export async function startServer(dataDir: string, options: ServerOptions = {}): Promise<ServerProcess> {
  const child = spawnServer(dataDir, options)
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await addressOf(child.stdout)
  if (url === undefined) {
    await exited
    throw new Error(`The server ended with ${String(child.exitCode)} before it listened: ${errors}`)
  }
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }
  return { url, pid: child.pid ?? 0, errors: () => errors, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

/** Starts a server that is expected to refuse, and waits for its end; ends it when it listens instead. */
export async function startRefused(dataDir: string, options: ServerOptions = {}): Promise<Ended> {
  const child = spawnServer(dataDir, options)
  child.stdout.once('data', () => child.kill('SIGKILL'))
  return endOf(child)
}

/** Runs a command of the CLI against a server. */
export async function runCli(url: string, ...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, MILLRACE_URL: url }
  return endOf(spawn(process.execPath, [cliMain, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env }))
}

/** Ends every server that is still running; for `afterAll`. */
export async function endServers(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }),
  )
}

function spawnServer(dataDir: string, { port = 0, flags = [], below = [] }: ServerOptions) {
  const command = [...below, process.execPath, serverMain, '--port', String(port), '--data-dir', dataDir]
  const [program = process.execPath, ...args] = [...command, '--log-level', 'warn', ...flags]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function addressOf(output: NodeJS.ReadableStream): Promise<string | undefined> {
  for await (const line of createInterface({ input: output })) {
    const url = /https?:\/\/\S+/.exec(line)?.[0]
    if (url !== undefined) return url
  }
  return undefined
}

async function endOf(child: ReturnType<typeof spawnServer>): Promise<Ended> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  await once(child, 'close')
  return { code: child.exitCode, output: output.trim() }
}

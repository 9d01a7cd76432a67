import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const cli = here('../../apps/cli/main.ts')

/** A server of this example's own. */
export interface Server {
  readonly url: string
  /** Where predictions are asked for, by HTTP and by gRPC. */
  readonly predictUrl: string
  readonly grpcUrl: string
  readonly stop: () => Promise<void>
}

/** Runs `millrace server` on free ports; gives its addresses once it listens. */
export async function startServer(dataDir: string): Promise<Server> {
  const args = [cli, 'server', '--port', '0', '--grpc-port', '0', '--data-dir', dataDir, '--log-level', 'warn']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ready = once(createInterface({ input: child.stdout }), 'line')
  const [first]: unknown[] = await Promise.race([ready, exited.then(() => [])])
  const said = /(https?:\/\/\S+) \(predictions on port (\d+) too, gRPC on (\d+)/.exec(String(first))
  if (said === null) throw new Error('The server did not start; its message is above.')
  const [, url = '', port, grpcPort] = said
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  return { url, predictUrl: `http://127.0.0.1:${port}`, grpcUrl: `http://127.0.0.1:${grpcPort}`, stop }
}

/** Runs a command of the CLI; gives what it printed. Throws with what it said when it fails. */
export function millrace(url: string, ...args: readonly string[]): Promise<string> {
  return run(process.execPath, [cli, ...args], { MILLRACE_URL: url })
}

/** Runs a TypeScript program of this folder; gives what it printed. */
export function node(script: string, ...args: readonly string[]): Promise<string> {
  return run(process.execPath, [here(script), ...args])
}

export function curl(...args: readonly string[]): Promise<string> {
  return run('curl', ['--silent', '--show-error', '--fail-with-body', ...args])
}

async function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  try {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }
    const { stdout } = await promisify(execFile)(program, args, options)
    return stdout.trim()
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    throw new Error(`${program} ${args.join(' ')} failed: ${said.slice(-2000)}`, { cause: error })
  }
}

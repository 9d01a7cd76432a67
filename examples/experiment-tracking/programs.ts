import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const cli = here('../../apps/cli/main.ts')
const quietMlflow = { GIT_PYTHON_REFRESH: 'quiet', MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONWARNINGS: 'ignore' }

/** Runs `millrace server` on a free port, ready to post to this machine; gives its address once it listens. */
export async function startServer(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const hooks = ['--webhook-schemes', 'http,https', '--webhook-private-addresses', 'true']
  const args = [cli, 'server', '--port', '0', '--data-dir', dataDir, '--log-level', 'warn', ...hooks]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ready = once(createInterface({ input: child.stdout }), 'line')
  const [first]: unknown[] = await Promise.race([ready, exited.then(() => [])])
  const url = /https?:\/\/\S+/.exec(String(first))?.[0]
  if (url === undefined) throw new Error('The server did not start; its message is above.')
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  return { url, stop }
}

/** Runs a command of the CLI; gives what it printed. Throws with what it said when it fails. */
export function millrace(url: string, ...args: readonly string[]): Promise<string> {
  return run(process.execPath, [cli, ...args], { MILLRACE_URL: url })
}

/** Runs a TypeScript program of this folder; gives what it printed. */
export function node(url: string, script: string, ...args: readonly string[]): Promise<string> {
  return run(process.execPath, [here(script), ...args], { MILLRACE_URL: url })
}

/** Where MLflow's client logs to: no more than MLflow's own two variables. */
export interface Tracked {
  readonly program: string
  readonly uri: string
  readonly experiment: string
}

/** Runs a Python program of this folder; gives what it printed. */
export function python(tracked: Tracked, script: string, ...args: readonly string[]): Promise<string> {
  return run(tracked.program, [here(script), ...args], environmentOf(tracked))
}

/** Runs MLflow's own command line. */
export function mlflow(tracked: Tracked, ...args: readonly string[]): Promise<string> {
  return run(tracked.program, ['-m', 'mlflow', ...args], environmentOf(tracked))
}

function environmentOf({ uri, experiment }: Tracked): Readonly<Record<string, string>> {
  const fileStore = uri.startsWith('file:') ? { MLFLOW_ALLOW_FILE_STORE: 'true' } : {}
  return { MLFLOW_TRACKING_URI: uri, MLFLOW_EXPERIMENT_NAME: experiment, ...fileStore, ...quietMlflow }
}

/** A Python that has MLflow and scikit-learn: `MILLRACE_TEST_PYTHON`, the one of `bin/setup --tests`, or `python3`. */
export async function findPython(): Promise<string | undefined> {
  const own = here('../../.toolchain/python/bin/python')
  const candidates = [process.env['MILLRACE_TEST_PYTHON'] ?? '', existsSync(own) ? own : '', 'python3']
  for (const program of candidates.filter((path) => path !== '')) {
    const works = await run(program, ['-c', 'import mlflow, sklearn'], quietMlflow).then(
      () => true,
      () => false,
    )
    if (works) return program
  }
  return undefined
}

async function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  try {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }
    const { stdout } = await promisify(execFile)(program, args, options)
    return stdout.trim()
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    throw new Error(`${args.join(' ')} failed: ${said.slice(-2000)}`, { cause: error })
  }
}

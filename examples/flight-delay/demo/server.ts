import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The command line of the product, which lies beside this example. */
const cliPath = fileURLToPath(new URL('../../../apps/cli/main.ts', import.meta.url))

export interface DemoServer {
  readonly url: string
  stop(): Promise<void>
}

/** Starts a server of its own with `millrace server`, and waits until it says where it listens. */
export async function startServer(dataDir: string, port: string): Promise<DemoServer> {
  const child = spawn(
    process.execPath,
    [cliPath, 'server', '--port', port, '--data-dir', dataDir, '--log-level', 'warn'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), exited])
  const url = /https?:\/\/\S+/.exec(String(first[0]))?.[0]
  if (url === undefined) throw new Error('The server did not start; its message is above.')
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** Runs a command of the product and gives its exit code and output. */
export async function runCli(url: string, ...args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [cliPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MILLRACE_URL: url },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const [code] = (await once(child, 'close')) as [number | null] // ChildProcess' own event
  return { code: code ?? 4, output: output.trim() }
}

/** As `runCli`, but a failure ends the demo with what the command said. */
export async function mustRun(url: string, ...args: readonly string[]): Promise<string> {
  const { code, output } = await runCli(url, ...args)
  if (code !== 0) throw new Error(`millrace ${args.join(' ')} ended with ${code}: ${output}`)
  return output
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../apps/cli/main.ts', import.meta.url))

/** Runs `millrace server` on a free port; gives its address once it listens. */
export async function startServer(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const args = [cli, 'server', '--port', '0', '--data-dir', dataDir, '--log-level', 'warn']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const first: unknown[] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => []),
  ])
  const url = /https?:\/\/\S+/.exec(String(first[0]))?.[0]
  if (url === undefined) throw new Error('The server did not start; its message is above.')
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  return { url, stop }
}

/** Runs a command of the CLI; throws with what it said when it fails. */
export async function millrace(url: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, MILLRACE_URL: url }
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  await once(child, 'close')
  if (child.exitCode !== 0)
    throw new Error(`millrace ${args.join(' ')} ended with ${String(child.exitCode)}: ${output}`)
  return output.trim()
}

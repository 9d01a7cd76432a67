import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../apps/cli/main.ts', import.meta.url))
const compileCache = fileURLToPath(new URL('../../.toolchain/compile-cache', import.meta.url))

/** A server in a process of its own, as `bin/millrace server` starts one. */
export interface ServerProcess {
  readonly url: string
  /** Where the data plane listens once it has a deployment. */
  readonly predictUrl: string
  readonly pid: number
  stop(): Promise<void>
}

/** Starts `millrace server` on free ports and resolves once it says where it listens. */
export async function startServer(dataDir: string, flags: readonly string[] = []): Promise<ServerProcess> {
  const args = [cli, 'server', '--port', '0', '--data-dir', dataDir, '--log-level', 'warn', ...flags]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { MALLOC_ARENA_MAX: '2', ...process.env, NODE_COMPILE_CACHE: compileCache },
  })
  const exited = once(child, 'exit')
  const said = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited])
  const line = String(said[0])
  const url = /https?:\/\/[^\s)]+/.exec(line)?.[0]
  const predictPort = /predictions on port (\d+)/.exec(line)?.[1]
  if (url === undefined || predictPort === undefined) throw new Error('The server did not start; its message is above.')
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  return { url, predictUrl: `http://127.0.0.1:${predictPort}`, pid: child.pid ?? 0, stop }
}

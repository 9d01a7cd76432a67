import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../server/main.ts', import.meta.url))

/** A server as a user runs one, that can be away for a while. */
export class ServerProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-sdk-'))
  url = ''
  #child: ChildProcess | undefined

  /** Starts it; again on the port that it had. */
  async start(...flags: string[]): Promise<this> {
    const port = this.url === '' ? '0' : new URL(this.url).port
    const args = [main, '--port', port, '--data-dir', join(this.folder, 'data'), '--log-level', 'error', ...flags]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /https?:\/\/\S+/.exec(line)?.[0]
      if (url === undefined) continue
      this.url = url.replace(/\/$/, '')
      child.stdout.resume()
      return this
    }
    throw new Error('The server ended before it listened.')
  }

  /** Ends it as a power cut would. */
  kill(): Promise<void> {
    return this.stop('SIGKILL')
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  /** Ends it, with what it has stored. */
  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

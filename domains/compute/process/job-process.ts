import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AttemptSigns } from './executor.ts'
import type { FromJob, JobResult, ToJob } from './job-messages.ts'
import type { Reaper } from './reaper.ts'

/** How a process ended, and the last word it said. */
export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly result: JobResult | undefined
}

/** How long what a job has started may keep its output open after it has ended. */
const outputGraceMs = 500

/** A child process for one job, in a process group of its own and with an environment that holds PATH alone. */
export class JobProcess {
  readonly #child: ChildProcess
  readonly ended: Promise<ProcessEnd>
  #signs: AttemptSigns | undefined
  #result: JobResult | undefined
  /** True until it has ended; a process that ended while it waited for work is not given any. */
  alive = true

  constructor(root: string, reaper: Reaper) {
    this.#child = fork(fileURLToPath(new URL('./run-job.ts', import.meta.url)), [], {
      cwd: root,
      // Leader of its own group, so that what a job starts ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(root, '.compile-cache') },
      execArgv: [],
      serialization: 'json',
    })
    this.#child.on('message', (message) => this.#hear(message as FromJob)) // run-job.ts sends nothing else
    this.#child.stdout?.on('data', (chunk: Uint8Array) => this.#signs?.log('out', chunk))
    this.#child.stderr?.on('data', (chunk: Uint8Array) => this.#signs?.log('err', chunk))
    this.ended = this.#waitForEnd()
    const { pid } = this.#child
    if (pid === undefined) return
    reaper.add(pid)
    void this.ended.then(() => reaper.drop(pid))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  prepare(entryUrl: string): void {
    this.#send({ type: 'prepare', entryUrl })
  }

  run(message: Omit<ToJob & { type: 'run' }, 'type'>, signs: AttemptSigns): void {
    this.#signs = signs
    this.#send({ type: 'run', ...message })
  }

  /** Signals the whole group. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch {
      // Nobody of the group is left.
    }
  }

  #send(message: ToJob): void {
    // A process that has just ended says so by its exit.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #hear(message: FromJob): void {
    if (message.type === 'running') this.#signs?.running()
    else if (message.type === 'progress') this.#signs?.progress(message.fraction, message.text)
    else this.#result = message
  }

  #waitForEnd(): Promise<ProcessEnd> {
    const { promise, resolve } = Promise.withResolvers<ProcessEnd>()
    const child = this.#child
    const finish = (exitCode: number | null, signal: string | null) => {
      this.alive = false
      resolve({ exitCode, signal, result: this.#result })
    }
    child.once('error', (error) => {
      this.#signs?.log('err', `${error.message}\n`)
      if (child.pid === undefined) finish(null, 'none')
    })
    child.once('exit', (exitCode, signal) => {
      this.alive = false
      this.kill('SIGKILL')
      const timer = setTimeout(() => finish(exitCode, signal), outputGraceMs)
      child.once('close', () => {
        clearTimeout(timer)
        finish(exitCode, signal)
      })
    })
    return promise
  }
}

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PythonSource } from '@millrace/model-serving/plane'
import type { Frame } from './frames.ts'
import { createFrameReader, frameOf, jsonFrame, operation } from './frames.ts'
import { pythonProblem } from './python-problem.ts'
import { LoadedModel, Reason } from './worker-answer.ts'

/** One request to a worker. */
export interface Job {
  readonly id: number
  readonly parts: readonly Uint8Array[]
  readonly sinceMs: number
  /** Takes a frame of its answer; true when that was the last. */
  take(frame: Frame, worker: WorkerProcess): boolean
  fail(error: Error): void
}

/** How a process ended: the job it was at, and those that it had not begun. */
export interface WorkerEnd {
  readonly how: string
  readonly timedOut: boolean
  readonly begun: Job | undefined
  readonly waiting: readonly Job[]
}

const loadTimeoutMs = 180_000
const pingEveryMs = 5000
const pongWithinMs = 15_000
const pageBytes = 4096
const keptErrorChars = 2000

/** Scratch folders of live workers: removed when this process ends without having stopped them. */
const scratches = new Set<string>()
process.on('exit', () => {
  for (const scratch of scratches) rmSync(scratch, { recursive: true, force: true })
})

/** One Python process with one model. Ends with its socket; `onEnd` is called once, unless it never loaded. */
export class WorkerProcess {
  readonly #source: PythonSource
  readonly #onEnd: (end: WorkerEnd) => void
  readonly #jobs = new Map<number, Job>()
  #child: ChildProcess | undefined
  #socket: Socket | undefined
  #scratch = ''
  #loaded: ((frame: Frame) => void) | undefined
  #progressAtMs = 0
  #pingedAtMs = 0
  #ponged = true
  #endedBecause: { how: string; timedOut: boolean } | undefined
  #lastWords = ''
  readonly #exited = Promise.withResolvers<string>()

  constructor(source: PythonSource, onEnd: (end: WorkerEnd) => void) {
    this.#source = source
    this.#onEnd = onEnd
  }

  get load(): number {
    return this.#jobs.size
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts the process and loads the model. Rejects with `unusable` or `no-interpreter`. */
  async start(): Promise<LoadedModel> {
    const { python, path, loader, trusted, allowNetwork = false, environment = {} } = this.#source
    this.#scratch = await mkdtemp(join(tmpdir(), 'millrace-worker-'))
    scratches.add(this.#scratch)
    const child = spawn(python, ['-I', '-S', '-B', fileURLToPath(new URL('./millrace_worker', import.meta.url))], {
      cwd: this.#scratch,
      // Leader of its own group, so that what a model starts ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...homeIn(this.#scratch), ...environment },
    })
    this.#child = child
    this.#listen(child)
    const loaded = this.#waitForModel()
    this.#write(jsonFrame(operation.start, 0, { loader, path, trusted, allowNetwork, scratch: this.#scratch }))
    try {
      const model = await loaded
      this.#progressAtMs = this.#pingedAtMs = performance.now()
      void this.#exited.promise.then((how) => this.#report(how))
      return model
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  send(job: Job): void {
    if (this.#jobs.size === 0) this.#progressAtMs = performance.now()
    this.#jobs.set(job.id, job)
    this.#write(job.parts)
  }

  /** Stops an answer in pieces that nobody reads any more. */
  cancel(id: number): void {
    this.#write(frameOf(operation.cancel, id, 0, []))
  }

  hold(): void {
    this.#socket?.pause()
  }

  release(): void {
    this.#socket?.resume()
  }

  /** Looks whether it hangs, and asks for a sign of life where it idles. */
  lookAfter(nowMs: number): void {
    const limitMs = this.#source.runTimeoutMs ?? 60_000
    if (this.#jobs.size > 0) {
      if (nowMs - this.#progressAtMs > limitMs) this.kill(`no answer within ${limitMs} ms`, true)
    } else if (!this.#ponged) {
      if (nowMs - this.#pingedAtMs > pongWithinMs) this.kill('no sign of life')
    } else if (nowMs - Math.max(this.#pingedAtMs, this.#progressAtMs) > pingEveryMs) {
      this.#ponged = false
      this.#pingedAtMs = nowMs
      this.#write(frameOf(operation.ping, 0, 0, []))
    }
  }

  /** Resident memory; 0 where it cannot be read. */
  async residentBytes(): Promise<number> {
    const { pid } = this
    if (pid === undefined) return 0
    const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
    return Number(text.split(' ')[1] ?? 0) * pageBytes
  }

  kill(how: string, timedOut = false): void {
    this.#endedBecause ??= { how, timedOut }
    this.#signal()
  }

  /** Ends the process; what it has not answered is reported to `onEnd`. */
  async stop(): Promise<void> {
    this.kill('it was stopped')
    await this.#exited.promise
  }

  #listen(child: ChildProcess): void {
    const socket = child.stdio[3]
    if (!(socket instanceof Socket)) throw new Error('the worker was started without its socket')
    this.#socket = socket
    socket.on('error', () => {}) // the end of the process says it
    const read = createFrameReader((frame) => this.#hear(frame))
    socket.on('data', (chunk: Buffer) => {
      try {
        read(chunk)
      } catch (error) {
        this.kill(error instanceof Error ? error.message : String(error))
      }
    })
    child.stdout?.on('data', (chunk: Buffer) => process.stderr.write(chunk))
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = `${this.#lastWords}${chunk.toString()}`.slice(-keptErrorChars)
      process.stderr.write(chunk)
    })
    child.once('error', (error) => this.#end(`it could not be started: ${error.message}`))
    child.once('exit', (code, signal) => this.#end(signal === null ? `exit status ${code}` : `signal ${signal}`))
  }

  #end(how: string): void {
    this.#signal()
    scratches.delete(this.#scratch)
    void rm(this.#scratch, { recursive: true, force: true }).catch(() => {})
    this.#exited.resolve(this.#endedBecause?.how ?? how)
  }

  #report(how: string): void {
    const [begun, ...waiting] = this.#jobs.values()
    this.#jobs.clear()
    this.#onEnd({ how, timedOut: this.#endedBecause?.timedOut ?? false, begun, waiting })
  }

  #waitForModel(): Promise<LoadedModel> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.kill(`it was not loaded within ${loadTimeoutMs} ms`), loadTimeoutMs)
      this.#loaded = (frame) => {
        clearTimeout(timer)
        if (frame.operation === operation.loaded) resolve(LoadedModel.parse(jsonOf(frame)))
        else reject(pythonProblem.unusable({ reason: Reason.parse(jsonOf(frame)).reason.replace(/\.$/, '') }))
      }
      void this.#exited.promise.then((how) => {
        clearTimeout(timer)
        if (this.pid === undefined)
          reject(pythonProblem['no-interpreter']({ python: this.#source.python, reason: how }))
        else reject(pythonProblem.unusable({ reason: `its process ended while it was loaded (${how})${this.#said()}` }))
      })
    })
  }

  #said(): string {
    const line = this.#lastWords.trim().split('\n').at(-1) ?? ''
    return line === '' ? '' : `: ${line.slice(0, 300)}`
  }

  #hear(frame: Frame): void {
    if (frame.operation === operation.loaded || frame.operation === operation.unloadable) {
      this.#loaded?.(frame)
      this.#loaded = undefined
      return
    }
    if (frame.operation === operation.pong) {
      this.#ponged = true
      return
    }
    this.#progressAtMs = performance.now()
    const job = this.#jobs.get(frame.id)
    if (job?.take(frame, this) === true) this.#jobs.delete(frame.id)
  }

  #write(parts: readonly Uint8Array[]): void {
    const socket = this.#socket
    if (socket === undefined || socket.destroyed) return
    if (parts.length > 1) socket.cork()
    for (const part of parts) socket.write(part)
    if (parts.length > 1) socket.uncork()
  }

  #signal(): void {
    const { pid } = this
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // Nobody of the group is left.
    }
  }
}

/** The JSON in a frame. */
export function jsonOf({ payload }: Frame): unknown {
  return JSON.parse(payload.toString('utf8'))
}

/** Whatever a library wants to write goes to the worker's own folder; nothing else of the server's environment is passed. */
function homeIn(scratch: string): Record<string, string> {
  return {
    HOME: scratch,
    TMPDIR: scratch,
    MPLCONFIGDIR: scratch,
    XDG_CACHE_HOME: scratch,
    JOBLIB_TEMP_FOLDER: scratch,
    LANG: 'C.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    OMP_NUM_THREADS: '1',
    OPENBLAS_NUM_THREADS: '1',
    MKL_NUM_THREADS: '1',
    OMP_WAIT_POLICY: 'PASSIVE',
    PYTHONUNBUFFERED: '1',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: '1',
    GIT_PYTHON_REFRESH: 'quiet',
  }
}

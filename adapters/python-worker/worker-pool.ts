import type { PythonSource } from '@millrace/model-serving/plane'
import { pythonProblem } from './python-problem.ts'
import type { LoadedModel } from './worker-answer.ts'
import type { Job, WorkerEnd } from './worker-process.ts'
import { WorkerProcess } from './worker-process.ts'

const firstPauseMs = 100
const longestPauseMs = 30_000
const lookEveryMs = 500
/** Longest that a request waits for a process that starts again. */
const patienceMs = 5000
/** Above the limit by this much, a process is ended at once instead of when it idles. */
const hardLimitFactor = 1.5

/** The processes of one model: kept running, given work, replaced when they hang, end or grow. */
export class WorkerPool {
  readonly #source: PythonSource
  readonly #ready = new Set<WorkerProcess>()
  readonly #retiring = new Set<WorkerProcess>()
  readonly #starting = new Set<WorkerProcess>()
  #waiting: Job[] = []
  #pauseMs = firstPauseMs
  #restarts = 0
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #lastFailure: Error | undefined

  constructor(source: PythonSource) {
    this.#source = source
  }

  /** Processes that were started in place of one that ended. */
  get restarts(): number {
    return this.#restarts
  }

  /** The processes' ids. */
  get pids(): number[] {
    return [...this.#ready].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  /** Starts all processes. Rejects as `WorkerProcess.start` does; nothing is left running then. */
  async start(): Promise<LoadedModel> {
    const model = await this.#startOne()
    const others = Math.max(0, (this.#source.workers ?? 1) - 1)
    try {
      await Promise.all(Array.from({ length: others }, () => this.#startOne()))
    } catch (error) {
      await this.close()
      throw error
    }
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref()
    return model
  }

  /** Gives a job to the process with the least to do; waits a while where none is ready. */
  send(job: Job): void {
    if (this.#closed) return job.fail(pythonProblem['not-running']({}))
    let least: WorkerProcess | undefined
    for (const worker of this.#ready) if (least === undefined || worker.load < least.load) least = worker
    if (least === undefined) this.#waiting.push(job)
    else least.send(job)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    for (const job of this.#waiting.splice(0)) job.fail(pythonProblem['not-running']({}))
    await Promise.all([...this.#ready, ...this.#retiring, ...this.#starting].map((worker) => worker.stop()))
  }

  async #startOne(): Promise<LoadedModel> {
    const worker = new WorkerProcess(this.#source, (end) => this.#ended(worker, end))
    this.#starting.add(worker)
    try {
      const model = await worker.start()
      this.#ready.add(worker)
      for (const job of this.#waiting.splice(0)) this.send(job)
      return model
    } finally {
      this.#starting.delete(worker)
    }
  }

  /** The job it was at gets the reason; those that it had not begun go to another process, and nobody notices. */
  #ended(worker: WorkerProcess, { how, timedOut, begun, waiting }: WorkerEnd): void {
    const limitMs = this.#source.runTimeoutMs ?? 60_000
    begun?.fail(timedOut ? pythonProblem['run-timed-out']({ limitMs }) : pythonProblem['worker-ended']({ how }))
    const wasRetiring = this.#retiring.delete(worker)
    this.#ready.delete(worker)
    for (const job of waiting) this.send(job)
    if (!wasRetiring) this.#startAgain()
  }

  #startAgain(): void {
    if (this.#closed) return
    this.#restarts += 1
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    setTimeout(() => {
      if (this.#closed) return
      this.#startOne().catch((error: unknown) => {
        this.#lastFailure = error instanceof Error ? error : new Error(String(error))
        this.#startAgain()
      })
    }, pauseMs).unref()
  }

  #look(): void {
    const nowMs = performance.now()
    for (const worker of [...this.#ready, ...this.#retiring]) worker.lookAfter(nowMs)
    for (const worker of this.#retiring) if (worker.load === 0) worker.kill('it had grown too large')
    if (this.#ready.size > 0) this.#pauseMs = Math.max(firstPauseMs, this.#pauseMs * 0.98)
    const late = this.#waiting.filter(({ sinceMs }) => nowMs - sinceMs > patienceMs)
    if (late.length > 0) {
      this.#waiting = this.#waiting.filter((job) => !late.includes(job))
      for (const job of late) job.fail(this.#lastFailure ?? pythonProblem['not-running']({}))
    }
    if (this.#source.memoryLimitMb !== undefined) void this.#weigh(this.#source.memoryLimitMb * 1024 * 1024)
  }

  /** A process that has grown too large is replaced: first the new one is ready, then the old one ends. */
  async #weigh(limitBytes: number): Promise<void> {
    for (const worker of [...this.#ready, ...this.#retiring]) {
      const bytes = await worker.residentBytes()
      if (bytes > limitBytes * hardLimitFactor) worker.kill(`it used ${Math.round(bytes / 1_048_576)} MiB`)
      else if (bytes > limitBytes && this.#ready.has(worker) && this.#starting.size === 0) await this.#replace(worker)
    }
  }

  async #replace(worker: WorkerProcess): Promise<void> {
    this.#restarts += 1
    try {
      await this.#startOne()
    } catch {
      return // the next look tries again
    }
    if (this.#ready.delete(worker)) this.#retiring.add(worker)
  }
}

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Action, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { z } from 'zod'
import { claimJobs } from '../actions/claim-jobs.ts'
import { finishJob } from '../actions/finish-job.ts'
import { recoverJobs } from '../actions/recover-jobs.ts'
import { releaseJob } from '../actions/release-job.ts'
import { renewLeases } from '../actions/renew-leases.ts'
import { reportProgress } from '../actions/report-progress.ts'
import { startJob } from '../actions/start-job.ts'
import { problem } from '../contract.ts'
import type { JobEnd } from '../model/job.ts'
import type { Assignment } from '../model/worker-contract.ts'
import { workOverview } from '../store/compute-store.ts'
import type { Executor, RunningAttempt } from './executor.ts'
import type { JobLog } from './job-log.ts'
import { jobLogFolder, openJobLog } from './job-log.ts'

/** Gives a job's process a token of a service account: `scopes` are permission patterns such as `read` or `datasets:write`. */
export type IssueJobToken = (
  runtime: Runtime,
  request: { workspace: string; name: string; scopes: readonly string[]; expiresAtMs: number },
) => Promise<{ token: string }>

export interface ControllerDeps {
  readonly runtime: Runtime
  readonly executor: Executor
  readonly issueJobToken: IssueJobToken
  /** The address of a registered entry's module; undefined for one that this server does not know. */
  readonly entryUrl: (name: string) => string | undefined
}

interface Live {
  readonly workspace: string
  readonly assignment: Assignment
  readonly done: Promise<void>
  attempt?: RunningAttempt
  stopping?: { state: 'cancelled' | 'crashed'; reason: string }
  lastProgressMs: number
}

const cancelled = { state: 'cancelled', reason: 'It was cancelled.' } as const
/** What keeps libraries that report their use to their makers from doing so. */
const quiet = { ORT_DISABLE_TELEMETRY: '1' }
const leaseMs = 30_000
const pollMs = 1000
const defaultTokenMs = 24 * 3_600_000
const tokenSlackMs = 10 * 60_000

/** Claims waiting jobs for this server's executor, follows each attempt, and keeps its leases. */
export class JobController {
  readonly #deps: ControllerDeps
  readonly #worker: string
  readonly #live = new Map<string, Live>()
  #state: 'new' | 'running' | 'stopped' = 'new'
  #pumping: Promise<void> | undefined
  #again = false
  #timers: NodeJS.Timeout[] = []
  #unlisten = () => {}

  constructor(deps: ControllerDeps) {
    this.#deps = deps
    this.#worker = deps.runtime.newId('wrk')
  }

  async start(): Promise<void> {
    await this.#takeFoundEnds()
    await this.recover()
    this.#state = 'running'
    this.#unlisten = this.#deps.runtime.hub.listen((message) => {
      if (message.kind !== 'event') return
      const { name, workspace, subject } = message.event
      if (name === 'compute.job.submitted' || name === 'compute.job.crashed') this.wake()
      if (name === 'compute.job.cancel-requested') this.#stopJob(workspace, subject)
    })
    this.#timers = [
      setInterval(() => this.wake(), pollMs).unref(),
      setInterval(() => void this.#renew(), leaseMs / 3).unref(),
    ]
    this.wake()
  }

  /** Marks the attempts of workers that are gone as crashed. Run at the start, and by a chore where others share the store. */
  async recover(): Promise<void> {
    const { runtime } = this.#deps
    const everyOther = runtime.database.dialect === 'sqlite'
    for (const workspace of await workOverview(runtime.database.reader).withLive()) {
      await this.#act(recoverJobs, { worker: this.#worker, everyOther }, workspace)
    }
  }

  /** Gives every live job back to its queue: the server stops. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#unlisten()
    for (const timer of this.#timers) clearInterval(timer)
    await this.#pumping
    for (const live of this.#live.values()) stopLive(live, { state: 'crashed', reason: 'The server stops.' })
    await Promise.all([...this.#live.values()].map((live) => live.done))
    await this.#deps.executor.close()
  }

  /** Looks for work soon. */
  wake(): void {
    if (this.#state !== 'running') return
    this.#again = true
    this.#pumping ??= this.#pump().finally(() => (this.#pumping = undefined))
  }

  async #pump(): Promise<void> {
    const { runtime, executor } = this.#deps
    // A job's process is told the server's address, so none starts before the server listens.
    while (this.#state === 'running' && executor.callsServer && runtime.baseUrl() === '') await sleep(20)
    while (this.#again && this.#state === 'running') {
      this.#again = false
      try {
        await this.#claim()
      } catch (error) {
        runtime.log.error({ err: error }, 'jobs could not be claimed; it is tried again in a second')
      }
    }
  }

  async #claim(): Promise<void> {
    const { runtime, executor } = this.#deps
    for (const workspace of await workOverview(runtime.database.reader).withWaiting(runtime.nowMs())) {
      const free = this.#free()
      if (free.cpu <= 0) return
      const { capacity } = executor
      const { assignments } = await this.#act(claimJobs, { worker: this.#worker, capacity, free, leaseMs }, workspace)
      for (const assignment of assignments) this.#begin(workspace, assignment)
    }
  }

  /** What the executor has left: its capacity without the shares of what runs in this very process. */
  #free() {
    const { capacity } = this.#deps.executor
    let { cpu, memoryMb } = capacity
    for (const { assignment } of this.#live.values()) {
      cpu -= Math.min(assignment.cpu, capacity.cpu)
      memoryMb -= Math.min(assignment.memoryMb, capacity.memoryMb)
    }
    return { cpu: Math.max(0, cpu), memoryMb: Math.max(0, memoryMb) }
  }

  #begin(workspace: string, assignment: Assignment): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    const live: Live = { workspace, assignment, done: promise, lastProgressMs: 0 }
    this.#live.set(assignment.fence, live)
    void this.#follow(live)
      .catch((error: unknown) => {
        const { id } = assignment
        this.#deps.runtime.log.error({ err: error, job: id }, 'a job’s end could not be kept; its lease will run out')
      })
      .finally(() => {
        this.#live.delete(assignment.fence)
        resolve()
        this.wake()
      })
  }

  async #follow(live: Live): Promise<void> {
    const { runtime, executor } = this.#deps
    const { workspace, assignment } = live
    const folder = jobLogFolder(runtime.dataDir, workspace, assignment.id)
    const log = await openJobLog(join(folder, `${assignment.attempt}.log`), runtime.nowMs)
    const end = await this.#run(live, log).catch((error: unknown): JobEnd => {
      runtime.log.error({ err: error, job: assignment.id }, 'a job could not be started')
      return { state: 'crashed', exitCode: null, reason: `It could not be started: ${String(error)}` }
    })
    if (end.state !== 'succeeded') log.append('system', `${end.state}: ${end.reason ?? ''}\n`)
    await log.close()
    await this.#keepEnd(live, end)
    await executor.forget(assignment)
  }

  async #run(live: Live, log: JobLog): Promise<JobEnd> {
    const { runtime, executor, issueJobToken } = this.#deps
    const { workspace, assignment } = live
    const { id, kind, name, fence, scopes, timeoutMs } = assignment
    const entryUrl = this.#deps.entryUrl(assignment.entry)
    if (entryUrl === undefined)
      return { state: 'crashed', exitCode: null, reason: `This server does not know the entry "${assignment.entry}".` }
    const expiresAtMs = runtime.nowMs() + (timeoutMs ?? defaultTokenMs) + tokenSlackMs
    const { token } = await issueJobToken(runtime, { workspace, name: `${kind}:${id}`, scopes, expiresAtMs })
    if (assignment.cpu > executor.capacity.cpu)
      log.append('system', `It asks for ${assignment.cpu} CPUs and has all ${executor.capacity.cpu} of this machine.\n`)
    const running = Promise.withResolvers<void>()
    const env = { MILLRACE_URL: runtime.baseUrl(), MILLRACE_TOKEN: token, MILLRACE_WORKSPACE: workspace, ...quiet }
    live.attempt = executor.run(
      { workspace, id, attempt: assignment.attempt, fence, entryUrl, input: assignment.input, timeoutMs, env },
      {
        running: () => running.resolve(),
        log: (stream, chunk) => log.append(stream, chunk),
        progress: (fraction, text) => this.#noteProgress(live, fraction, text),
      },
    )
    if (live.stopping !== undefined) live.attempt.stop(live.stopping.state, live.stopping.reason)
    // Its end must not overtake its start in the store; a start that the store refuses shows at the end again.
    const startKept = running.promise
      .then(() => this.#act(startJob, { id, fence }, workspace))
      .then((job) => job.cancelRequested && stopLive(live, cancelled))
      .catch(() => {})
    const end = await live.attempt.ended
    running.resolve()
    await startKept
    runtime.log.debug({ job: id, name, state: end.state }, 'a job’s attempt ended')
    return end
  }

  async #keepEnd(live: Live, end: JobEnd): Promise<void> {
    const { id, fence } = live.assignment
    if (this.#state === 'stopped' && end.state === 'crashed') {
      await this.#tryAct(() => this.#act(releaseJob, { id, fence, reason: 'The server stopped.' }, live.workspace))
      return
    }
    const { answer = null, exitCode, reason } = end
    const kept = finishJob.endpoint.input.shape.end.parse({ state: end.state, exitCode, reason, answer })
    await this.#tryAct(() => this.#act(finishJob, { id, fence, end: kept }, live.workspace))
  }

  /** A result is not lost to a store that is unavailable for a moment; one with a stale fence is dropped. */
  async #tryAct(act: () => Promise<unknown>): Promise<void> {
    for (let round = 1; ; round += 1) {
      try {
        await act()
        return
      } catch (error) {
        if (problem['stale-fence'].is(error)) return
        if (this.#state === 'stopped' || round >= 30) throw error
        this.#deps.runtime.log.warn({ err: error }, 'a job’s end could not be kept; it is tried again in a second')
        await sleep(1000)
      }
    }
  }

  async #takeFoundEnds(): Promise<void> {
    for (const { workspace, id, fence, end } of await this.#deps.executor.recover()) {
      const { answer = null, exitCode, reason, state } = end
      const kept = finishJob.endpoint.input.shape.end.parse({ state, exitCode, reason, answer })
      await this.#act(finishJob, { id, fence, end: kept }, workspace).catch((error: unknown) => {
        this.#deps.runtime.log.info({ err: error, job: id }, 'a result of before the restart was not taken')
      })
      await this.#deps.executor.forget({ id, fence })
    }
  }

  #noteProgress(live: Live, fraction: number, text: string): void {
    const nowMs = this.#deps.runtime.nowMs()
    if (fraction < 1 && nowMs - live.lastProgressMs < 500) return
    live.lastProgressMs = nowMs
    const { id, fence } = live.assignment
    const context = { workspace: live.workspace, actor: systemActor('compute') }
    void this.#deps.runtime.runner
      .ingest(reportProgress, { id, fence, fraction, text: text.slice(0, 500) }, context)
      .catch(() => {})
  }

  #stopJob(workspace: string, id: string): void {
    for (const live of this.#live.values()) {
      if (live.workspace === workspace && live.assignment.id === id) stopLive(live, cancelled)
    }
  }

  async #renew(): Promise<void> {
    const byWorkspace = Map.groupBy(this.#live.values(), (live) => live.workspace)
    for (const [workspace, lives] of byWorkspace) {
      const fences = lives.map((live) => live.assignment.fence)
      const renewal = { worker: this.#worker, fences, leaseMs }
      const told = await this.#act(renewLeases, renewal, workspace).catch(() => ({ lost: [], cancelled: [] }))
      const stop = (fence: string, how: NonNullable<Live['stopping']>) => {
        const live = this.#live.get(fence)
        if (live !== undefined) stopLive(live, how)
      }
      for (const fence of told.lost) stop(fence, { state: 'crashed', reason: 'Another attempt has taken its place.' })
      for (const fence of told.cancelled) stop(fence, cancelled)
    }
  }

  #act<I extends z.ZodType, O extends z.ZodType>(
    action: Action<I, O>,
    input: z.input<I>,
    workspace: string,
  ): Promise<z.output<O>> {
    return this.#deps.runtime.runner.act(action, input, { actor: systemActor('compute'), workspace })
  }
}

function stopLive(live: Live, how: NonNullable<Live['stopping']>): void {
  live.stopping ??= how
  live.attempt?.stop(live.stopping.state, live.stopping.reason)
}

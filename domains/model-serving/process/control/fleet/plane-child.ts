import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Logger } from '@millrace/kernel'
import type {
  CallerCounts,
  DeploymentCounts,
  FromPlane,
  ModelReport,
  PlaneSettings,
  PlaneSnapshot,
  ToPlane,
} from '../../../model/plane-snapshot.ts'
import type { PlaneAnswers, PlaneQuestion } from './answer-plane.ts'
import { answerPlane, isQuestion } from './answer-plane.ts'

export interface PlaneChildOptions extends PlaneAnswers {
  /** The entry file of the data plane's process. */
  readonly entry: string
  readonly settings: Omit<PlaneSettings, 'spoolFolder' | 'port'>
  /** The port to listen on; 0 takes a free one, which is kept when the process starts again. */
  readonly port: number
  readonly spoolRoot: string
  readonly nowMs: () => number
  readonly log: Logger
  /** Told of every spool folder whose process has died. */
  readonly onFolderLeft: (folder: string) => void
  readonly onCounts: (
    child: PlaneChild,
    counts: readonly DeploymentCounts[],
    latestEventMs: Readonly<Record<string, number>>,
    callers: readonly CallerCounts[],
  ) => void
}

interface Waiting {
  readonly resolve: (reports: readonly ModelReport[]) => void
  readonly revision: number
}

const firstPauseMs = 50
const longestPauseMs = 5000
const longestStopMs = 5000
/** A version in whose loading the process died this often is not loaded again. */
const mostDeaths = 2

/** One process of the data plane: kept running, told every snapshot, started again with a growing pause when it dies. */
export class PlaneChild {
  readonly #options: PlaneChildOptions
  #child: ChildProcess | undefined
  #folder = ''
  #port: number
  #snapshot: PlaneSnapshot | undefined
  #stopped = false
  #pauseMs = firstPauseMs
  #loading: string | undefined
  readonly #deaths = new Map<string, number>()
  #waiting: Waiting[] = []
  #listening = Promise.withResolvers<number>()
  readonly #rotations = new Map<number, () => void>()
  #nextRotation = 1

  constructor(options: PlaneChildOptions) {
    this.#options = options
    this.#port = options.port
  }

  start(): void {
    if (this.#child !== undefined || this.#stopped) return
    const { entry, settings, spoolRoot, nowMs } = this.#options
    const child = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        // Dialects are made before the settings have arrived.
        ...platformVariables(process.env),
        ...(settings.rootEndpoint === undefined ? {} : { MILLRACE_ROOT_ENDPOINT: settings.rootEndpoint }),
      },
    })
    this.#child = child
    // Named by its process, so that a successor of control knows whether somebody still writes there.
    this.#folder = join(spoolRoot, `${child.pid ?? 0}-${nowMs()}`)
    child.on('message', (message) => this.#hear(message as FromPlane)) // our own process sends nothing else
    child.on('error', (error) => this.#options.log.error({ err: error }, 'the data plane could not be reached'))
    child.once('exit', () => this.#ended(child))
    this.#send({ kind: 'start', settings: { ...settings, port: this.#port, spoolFolder: this.#folder } })
    if (this.#snapshot !== undefined) this.#send({ kind: 'snapshot', snapshot: this.#withoutDeadly(this.#snapshot) })
  }

  /** Port that it listens on, once it does. */
  port(): Promise<number> {
    return this.#listening.promise
  }

  /** The spool folder that is being written now. */
  folder(): string {
    return this.#folder
  }

  pid(): number | undefined {
    return this.#child?.pid
  }

  /** Sends a snapshot; resolves when this or a later one is applied, also by a process started anew. */
  apply(snapshot: PlaneSnapshot): Promise<readonly ModelReport[]> {
    this.#snapshot = snapshot
    this.#send({ kind: 'snapshot', snapshot: this.#withoutDeadly(snapshot) })
    return new Promise((resolve) => this.#waiting.push({ resolve, revision: snapshot.revision }))
  }

  /** Closes the spool file that is being written; resolves at once when the process is not there, for then all are closed. */
  rotate(): Promise<void> {
    const child = this.#child
    if (child === undefined || !child.connected) return Promise.resolve()
    const id = this.#nextRotation
    this.#nextRotation += 1
    return new Promise((resolve) => {
      this.#rotations.set(id, resolve)
      this.#send({ kind: 'rotate', id })
    })
  }

  /** Lets the process answer what is under way, and waits for its end. */
  async stop(): Promise<void> {
    this.#stopped = true
    const child = this.#child
    if (child === undefined) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    this.#send({ kind: 'stop' })
    const timer = setTimeout(() => child.kill('SIGKILL'), longestStopMs)
    await exited
    clearTimeout(timer)
  }

  #send(message: ToPlane): void {
    if (this.#child?.connected === true) this.#child.send(message, () => {}) // a lost channel shows in `exit`
  }

  #hear(message: FromPlane): void {
    if (isQuestion(message)) void answerPlane(message, this.#options).then((answer) => this.#send(answer))
    else this.#note(message)
  }

  #note(message: Exclude<FromPlane, PlaneQuestion>): void {
    switch (message.kind) {
      case 'listening':
        this.#port = message.port
        this.#listening.resolve(message.port)
        break
      case 'failed':
        this.#options.log.error(
          { reason: message.reason, port: this.#port },
          'the data plane cannot listen on its port; it tries again',
        )
        this.#child?.kill('SIGKILL')
        break
      case 'loading':
        this.#loading = message.versionId
        break
      case 'applied':
        this.#applied(message.revision, message.models)
        break
      case 'rotated':
        this.#rotations.get(message.id)?.()
        this.#rotations.delete(message.id)
        break
      case 'counts':
        this.#options.onCounts(this, message.deployments, message.latestEventMs, message.callers)
        break
    }
  }

  #applied(revision: number, models: readonly ModelReport[]): void {
    this.#loading = undefined
    this.#pauseMs = firstPauseMs
    const reports = [...models, ...this.#deadlyReports()]
    const done = this.#waiting.filter((waiting) => waiting.revision <= revision)
    this.#waiting = this.#waiting.filter((waiting) => waiting.revision > revision)
    for (const { resolve } of done) resolve(reports)
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    if (this.#loading !== undefined) {
      this.#deaths.set(this.#loading, (this.#deaths.get(this.#loading) ?? 0) + 1)
      this.#loading = undefined
    }
    for (const resolve of this.#rotations.values()) resolve()
    this.#rotations.clear()
    this.#options.onFolderLeft(this.#folder)
    if (this.#stopped) return
    this.#options.log.warn(
      { pauseMs: this.#pauseMs, code: child.exitCode, signal: child.signalCode },
      'a data-plane process ended; it starts again',
    )
    setTimeout(() => this.start(), this.#pauseMs).unref()
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
  }

  #isDeadly(versionId: string): boolean {
    return (this.#deaths.get(versionId) ?? 0) >= mostDeaths
  }

  #withoutDeadly(snapshot: PlaneSnapshot): PlaneSnapshot {
    if (this.#deaths.size === 0) return snapshot
    const lives = ({ versionId }: { versionId: string }) => !this.#isDeadly(versionId)
    const endpoints = snapshot.endpoints.map((endpoint) => ({
      ...endpoint,
      deployments: endpoint.deployments.filter(lives),
    }))
    return { ...snapshot, endpoints, preload: snapshot.preload.filter(lives) }
  }

  #deadlyReports(): ModelReport[] {
    const reason = 'the process that loaded it ended each time; the file or the runtime is broken'
    return [...this.#deaths.keys()]
      .filter((id) => this.#isDeadly(id))
      .map((versionId) => ({ versionId, ok: false, reason }))
  }
}

/** What SageMaker and Vertex AI tell the containers that they start. */
function platformVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^(SAGEMAKER_|AIP_)/.test(name)))
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import type {
  Admitted,
  FromPlane,
  ManageAnswer,
  ManageOrder,
  ModelReport,
  PlaneEndpoint,
  PlaneSettings,
  ToPlane,
} from '../model/plane-snapshot.ts'

/** A data-plane process that a test controls itself, in control's place. */
export interface PlaneProcess {
  readonly url: string
  readonly pid: number
  /** Resolves with the reports when the process serves these endpoints. */
  apply(endpoints: readonly PlaneEndpoint[]): Promise<readonly ModelReport[]>
  /** The newest counts, by deployment. */
  counts(): ReadonlyMap<string, CountsOf<'deployments'>>
  callers(): readonly CountsOf<'callers'>[]
  stop(): Promise<void>
}

type Counts = Extract<FromPlane, { kind: 'counts' }>
type CountsOf<Name extends 'deployments' | 'callers'> = Counts[Name][number]

export interface PlaneProcessOptions {
  /** The entry file of the data plane's process. */
  readonly entry: string
  readonly spoolFolder: string
  readonly settings?: Partial<PlaneSettings>
  /** What control says of callers; by default all may, under the name of their token. */
  readonly admit?: (headers: Readonly<Record<string, string>>) => Admitted
  readonly manage?: (order: ManageOrder) => ManageAnswer
  /** Flags of Node, for profiles. */
  readonly execArgv?: readonly string[]
}

/** Forks the process and resolves once it listens. */
export async function startPlaneProcess(options: PlaneProcessOptions): Promise<PlaneProcess> {
  const child = fork(options.entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...(options.execArgv ?? [])],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
  })
  const send = (message: ToPlane) => child.send(message)
  const exited = once(child, 'exit')
  const heard = new Heard()
  child.on('message', (message: FromPlane) => {
    const answer = heard.hear(message, options)
    if (answer !== undefined) send(answer)
  })
  const settings: PlaneSettings = {
    host: '127.0.0.1',
    port: 0,
    sharePort: false,
    allowedHosts: [],
    bodyLimitBytes: 64 * 1024 * 1024,
    requestTimeoutMs: 120_000,
    spoolFolder: options.spoolFolder,
    forwardSecret: 'a secret of the test',
    ...options.settings,
  }
  send({ kind: 'start', settings })
  const port = await heard.listening.promise
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    apply: (endpoints) => {
      heard.revision += 1
      send({ kind: 'snapshot', snapshot: { revision: heard.revision, endpoints, preload: [] } })
      return new Promise((resolve) => heard.waiting.set(heard.revision, resolve))
    },
    counts: () => heard.deployments,
    callers: () => [...heard.callers.values()],
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      send({ kind: 'stop' })
      await exited
    },
  }
}

/** What the process has said so far. */
class Heard {
  readonly listening = Promise.withResolvers<number>()
  readonly waiting = new Map<number, (reports: readonly ModelReport[]) => void>()
  readonly deployments = new Map<string, CountsOf<'deployments'>>()
  readonly callers = new Map<string, CountsOf<'callers'>>()
  revision = 0

  /** Takes note of it, and gives the answer where it is a question. */
  hear(message: FromPlane, options: PlaneProcessOptions): ToPlane | undefined {
    switch (message.kind) {
      case 'listening':
        this.listening.resolve(message.port)
        return undefined
      case 'failed':
        this.listening.reject(new Error(message.reason))
        return undefined
      case 'applied':
        this.waiting.get(message.revision)?.(message.models)
        return undefined
      case 'counts':
        this.#count(message)
        return undefined
      default:
        return answerTo(message, options)
    }
  }

  #count({ deployments, callers }: Counts): void {
    for (const counts of deployments) this.deployments.set(counts.deploymentId, counts)
    for (const counts of callers) this.callers.set(`${counts.endpointId} ${counts.caller}`, counts)
  }
}

/** What control answers to a question; undefined where the message is none. */
function answerTo(message: FromPlane, { admit, manage }: PlaneProcessOptions): ToPlane | undefined {
  if (message.kind === 'manage') {
    return { kind: 'managed', id: message.id, answer: manage?.(message.order) ?? { ok: true } }
  }
  if (message.kind !== 'admit') return undefined
  const { headers } = message.caller
  const admitted = admit === undefined ? { caller: headers['authorization'] ?? '' } : admit(headers)
  return { kind: 'admitted', id: message.id, ...admitted }
}

import type { ModelSource } from './model-source.ts'
import type { Signature } from './tensor.ts'

/** What the data plane knows: sent whole by control, replaced whole, so that no request sees half of a change. */
export interface PlaneSnapshot {
  readonly revision: number
  readonly endpoints: readonly PlaneEndpoint[]
  /** Versions to load before an endpoint uses them. */
  readonly preload: readonly PlaneModel[]
}

export interface PlaneModel {
  readonly versionId: string
  readonly source: ModelSource
}

/** A registered version that control brings when it is asked for: its files may be far, its environment not built yet. */
export interface RegisteredSource {
  readonly format: 'registered'
  readonly workspace: string
}

export interface PlaneEndpoint {
  readonly workspace: string
  readonly id: string
  readonly name: string
  readonly logging: PlaneLogging
  /** Absent: the server's own limits alone. */
  readonly limits?: PlaneLimits
  /** Absent: every request runs the model. */
  readonly cache?: PlaneCache
  /** Absent: by weight, by the prediction's id. */
  readonly routing?: PlaneRouting
  /** Rows of named values, as `POST /endpoints/{name}/predict` takes them, that a version runs before it is ready. */
  readonly warmUp?: readonly Readonly<Record<string, unknown>>[]
  /** Its models leave memory after so long without a request, and come back with the next. Absent: never. */
  readonly idleMs?: number
  /** Names for versions, as TensorFlow Serving's labels: `{ stable: 3 }`. */
  readonly labels?: Readonly<Record<string, number>>
  readonly deployments: readonly PlaneDeployment[]
}

/** What of an endpoint's predictions goes into the log. */
export interface PlaneLogging {
  readonly enabled: boolean
  /** Share of requests, 0 to 1, chosen by a hash of their prediction ids. */
  readonly sampleRate: number
  /** Inputs and outputs by name whose values are left out: numbers are logged as NaN or 0, texts as ''. */
  readonly redact: readonly string[]
}

/** What is absent is not limited. */
export interface PlaneLimits {
  /** Requests under way and waiting together, per process of the data plane: more get 429. */
  readonly maxConcurrency?: number
  /** Requests that wait for their run: more get 503. */
  readonly maxQueue?: number
  /** From arrival to answer: later it is 504. A request may ask for less, never for more. */
  readonly timeoutMs?: number
  /** Per caller: more get 429. Up to `burst` may come at once; default one second's worth. */
  readonly requestsPerSecond?: number
  readonly burst?: number
  /** Rows in one run; default 1024. */
  readonly maxBatchRows?: number
  /** How long a run that is not full waits for more rows; default 0: it takes what one turn of the loop brought. */
  readonly maxBatchDelayMs?: number
}

/** Answers that are given again for the same inputs to the same version. */
export interface PlaneCache {
  readonly maxBytes: number
  readonly ttlMs: number
}

/** Which deployment a request meets: the first rule that holds; else by weight, by the sticky key where it has one. */
export interface PlaneRouting {
  readonly sticky?: PlaneKey
  readonly rules: readonly PlaneRule[]
}

/** Something of a request that tells callers apart; `name` is the header's, query parameter's or input's. */
export interface PlaneKey {
  readonly by: 'header' | 'query' | 'input' | 'caller'
  readonly name?: string
}

/** Holds when the key is there and is what is said; all that is said must hold. `matches` is a regular expression. */
export interface PlaneRule {
  readonly when: PlaneKey & {
    readonly equals?: string
    readonly oneOf?: readonly string[]
    readonly matches?: string
  }
  readonly deploymentId: string
}

export interface PlaneDeployment extends Pick<PlaneModel, 'versionId'> {
  readonly id: string
  /** `registered` only where it is loaded on demand. */
  readonly source: ModelSource | RegisteredSource
  readonly version: number
  /** `retired` ones answer only while no other is loaded. */
  readonly role: 'champion' | 'canary' | 'variant' | 'shadow' | 'retired'
  /** Percent of the endpoint's traffic. */
  readonly weight: number
  readonly rollout: { readonly id: string; readonly step: number } | null
  /** True: its model is loaded with its first request, and may leave memory when others need it. */
  readonly onDemand?: boolean
}

/** What became of a model that a snapshot asked for. */
export type ModelReport =
  | {
      readonly versionId: string
      readonly ok: true
      readonly signature: Signature
      readonly platform: string
      /** Time of one run of one row, measured when it was loaded. */
      readonly runUs: number
      /** True when it runs in a thread of its own, because a run would hold up the listener. */
      readonly threaded: boolean
      /** What it takes in this process, measured; 0 where it lives elsewhere. */
      readonly memoryBytes: number
    }
  | { readonly versionId: string; readonly ok: false; readonly reason: string }

/** Answers of one deployment since the data plane started. `latency` and `queue` are latency histograms' JSON. */
export interface DeploymentCounts {
  readonly deploymentId: string
  readonly requests: number
  readonly rows: number
  readonly errors: number
  readonly latency: unknown
  /** From arrival in the queue to the run. */
  readonly queue: unknown
  /** Runs of the model; `batches` has them by the rows in them. */
  readonly runs: number
  readonly batches: readonly (readonly [rows: number, runs: number])[]
  readonly cacheHits: number
  readonly cacheMisses: number
  /** Absent where it is no shadow. */
  readonly shadow?: ShadowComparison
}

/** A shadow's answers beside those that were given, since the data plane started. */
export interface ShadowComparison {
  /** Rows that both answered. */
  readonly rows: number
  /** Requests that the shadow failed, refused or was too slow for. */
  readonly missed: number
  readonly outputs: readonly ShadowOutput[]
}

export interface ShadowOutput {
  readonly name: string
  /** Elements compared, and those that are the same: equal, or for floating point within 1e-6 relative. */
  readonly elements: number
  readonly agreeing: number
  /** Sum and greatest of the absolute differences; 0 for texts. */
  readonly sumAbsoluteDifference: number
  readonly maxAbsoluteDifference: number
}

/** Requests of one caller to one endpoint since the data plane started. */
export interface CallerCounts {
  readonly endpointId: string
  /** As `Admitted.caller` names it. */
  readonly caller: string
  readonly requests: number
  readonly errors: number
  /** Turned away by a limit. */
  readonly limited: number
}

/** From control to a data-plane process. */
export type ToPlane =
  | { readonly kind: 'start'; readonly settings: PlaneSettings }
  | { readonly kind: 'snapshot'; readonly snapshot: PlaneSnapshot }
  | { readonly kind: 'rotate'; readonly id: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'admitted'; readonly id: number; readonly refusal?: Refusal; readonly caller?: string }
  | { readonly kind: 'managed'; readonly id: number; readonly answer: ManageAnswer }
  | { readonly kind: 'resolved'; readonly id: number; readonly model: PlaneModel | ModelReport }

/** From a data-plane process to control. */
export type FromPlane =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'loading'; readonly versionId: string }
  | { readonly kind: 'applied'; readonly revision: number; readonly models: readonly ModelReport[] }
  | { readonly kind: 'rotated'; readonly id: number }
  | { readonly kind: 'resolve'; readonly id: number; readonly workspace: string; readonly versionId: string }
  | {
      readonly kind: 'admit'
      readonly id: number
      readonly caller: Caller
      readonly endpoint: { readonly workspace: string; readonly id: string }
    }
  | {
      readonly kind: 'counts'
      readonly deployments: readonly DeploymentCounts[]
      readonly latestEventMs: Readonly<Record<string, number>>
      readonly callers: readonly CallerCounts[]
    }
  | {
      readonly kind: 'manage'
      readonly id: number
      readonly caller: Caller
      readonly workspace: string
      readonly order: ManageOrder
    }

/** How a data-plane process is set up; sent once. */
export interface PlaneSettings {
  readonly host: string
  readonly port: number
  /** The one model of `millrace serve`, whose addresses are at the root too. */
  readonly rootEndpoint?: string
  /** Ports that speak some dialects alone, by the name that the entry file gives these. */
  readonly doorPorts?: Readonly<Record<string, number>>
  /** Absent: no gRPC. */
  readonly grpcPort?: number
  /** True when several processes listen on this port together (Linux). */
  readonly sharePort: boolean
  readonly allowedHosts: readonly string[]
  readonly bodyLimitBytes: number
  readonly requestTimeoutMs: number
  /** Where this process writes its prediction log. */
  readonly spoolFolder: string
  /** Requests that carry it were admitted by control already. */
  readonly forwardSecret: string
  /** Models on demand leave memory, longest unused first, when all together take more; absent: no limit. */
  readonly modelMemoryBytes?: number
  /** Where spans go; absent: there are none. */
  readonly otlpEndpoint?: string
  /** Writes one line per request to standard output. */
  readonly accessLog?: boolean
}

/** Who sends a request, as far as the data plane sees. */
export interface Caller {
  readonly headers: Readonly<Record<string, string>>
  readonly remoteAddress: string
}

export interface Refusal {
  readonly status: number
  readonly sentence: string
}

/** What control says of a caller: why not, or by what name its requests are counted and limited. */
export interface Admitted {
  readonly refusal?: Refusal
  readonly caller?: string
}

/** What a protocol's management asks of control. */
export type ManageOrder =
  | { readonly verb: 'index' }
  | { readonly verb: 'load' | 'unload'; readonly name: string; readonly options: ManageOptions }
  | { readonly verb: 'register'; readonly name: string; readonly location: string; readonly options: ManageOptions }

/** `models` answers `index`. */
export type ManageAnswer =
  | { readonly ok: true; readonly models?: readonly ManagedModel[] }
  | { readonly ok: false; readonly code: string; readonly status: number; readonly sentence: string }

/** A model that a server could serve, as protocols list it. */
export interface ManagedModel {
  readonly name: string
  readonly version: string
  readonly state: 'READY' | 'LOADING' | 'UNAVAILABLE'
  readonly reason: string
  readonly location: string
}

/** A management protocol's own options, by its own names. */
export type ManageOptions = Readonly<Record<string, string | number | boolean>>

/** Name of the header in which control says that it has admitted a forwarded request. */
export const forwardHeader = 'x-millrace-forwarded'
/** Name of the header in which control names a forwarded request's caller; believed beside `forwardHeader` alone. */
export const callerHeader = 'x-millrace-caller'

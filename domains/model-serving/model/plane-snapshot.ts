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

export interface PlaneEndpoint {
  readonly workspace: string
  readonly id: string
  readonly name: string
  readonly logging: boolean
  readonly deployments: readonly PlaneDeployment[]
}

export interface PlaneDeployment extends PlaneModel {
  readonly id: string
  readonly version: number
  /** `retired` ones answer only while no other is loaded. */
  readonly role: 'champion' | 'canary' | 'shadow' | 'retired'
  /** Percent of the endpoint's traffic. */
  readonly weight: number
  readonly rollout: { readonly id: string; readonly step: number } | null
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
    }
  | { readonly versionId: string; readonly ok: false; readonly reason: string }

/** Answers of one deployment since the data plane started. `latency` is a latency histogram's JSON. */
export interface DeploymentCounts {
  readonly deploymentId: string
  readonly requests: number
  readonly rows: number
  readonly errors: number
  readonly latency: unknown
}

/** From control to a data-plane process. */
export type ToPlane =
  | { readonly kind: 'start'; readonly settings: PlaneSettings }
  | { readonly kind: 'snapshot'; readonly snapshot: PlaneSnapshot }
  | { readonly kind: 'rotate'; readonly id: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'admitted'; readonly id: number; readonly refusal?: Refusal }

/** From a data-plane process to control. */
export type FromPlane =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'loading'; readonly versionId: string }
  | { readonly kind: 'applied'; readonly revision: number; readonly models: readonly ModelReport[] }
  | { readonly kind: 'rotated'; readonly id: number }
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
    }

/** How a data-plane process is set up; sent once. */
export interface PlaneSettings {
  readonly host: string
  readonly port: number
  /** True when several processes listen on this port together (Linux). */
  readonly sharePort: boolean
  readonly allowedHosts: readonly string[]
  readonly bodyLimitBytes: number
  readonly requestTimeoutMs: number
  /** Where this process writes its prediction log. */
  readonly spoolFolder: string
  /** Requests that carry it were admitted by control already. */
  readonly forwardSecret: string
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

/** Name of the header in which control says that it has admitted a forwarded request. */
export const forwardHeader = 'x-millrace-forwarded'

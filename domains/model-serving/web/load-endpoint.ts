import type { Api } from '@millrace/ui/data'
import type { Interval, LadderStep, TrafficShare } from '@millrace/ui/charts'
import type { Sentence, State } from '@millrace/ui/parts'
import type { ThreadStop } from '@millrace/ui/shell'

export interface EndpointView {
  name: string
  model: string
  state: State
  status: string
  /** Where predictions are asked: "/v2/models/flight-delay". */
  path: string
  /** The address of the data plane, for snippets. */
  address: string
  live: string
  thread: readonly ThreadStop[]
  traffic: readonly TrafficShare[]
  shadow: string | null
  rollout: RolloutView | null
  history: readonly { atMs: number; state: State; says: Sentence; more?: string }[]
  /** Time series by version; `token` is the version's role. */
  charts: {
    requests: readonly VersionSeries[]
    latencyMs: readonly VersionSeries[]
    errorShare: readonly VersionSeries[]
    marks: readonly { at: number; label: string }[]
    latencyLimitMs: number | null
    errorLimit: number | null
    clock: 'wall' | 'event'
  }
  answers: {
    edges: readonly string[]
    series: readonly { label: string; token: string; values: readonly number[] }[]
    threshold: number | null
  } | null
  example: Readonly<Record<string, number | string | boolean>>
}

export interface RolloutView {
  id: string
  state: 'shadow' | 'canary' | 'promoted' | 'rolled_back' | 'paused'
  canary: string
  champion: string
  steps: readonly LadderStep[]
  verdict: { state: State; title: string; says: string; progress: string }
  guardrails: readonly {
    name: string
    champion: string
    canary: string
    interval: Interval
    limit: number
    allowed: 'below' | 'above'
    samples: number
    state: State
    verdict: string
  }[]
  /** What a person may do now; left out where the state does not allow it. */
  acts: { promote: string | null; hold: boolean; resume: boolean; rollBack: boolean }
  effect: string
}

export interface VersionSeries {
  label: string
  token: string
  x: readonly number[]
  y: readonly (number | null)[]
}

export const endpointTopics = ['model-serving'] as const

export function loadEndpoint(api: Api, endpoint: string, range: string, signal: AbortSignal): Promise<EndpointView> {
  return api.get<EndpointView>(`views/endpoints/${encodeURIComponent(endpoint)}`, { query: { range }, signal })
}

export type RolloutAct = 'promote' | 'pause' | 'resume' | 'roll-back'

export function actOnRollout(api: Api, act: { rollout: string; verb: RolloutAct; reason: string }): Promise<unknown> {
  return api.post<unknown>(`rollouts/${act.rollout}/${act.verb}`, act.reason === '' ? {} : { reason: act.reason })
}

/** One answer, with the id that opens its lineage. */
export interface Answer {
  id: string
  version: number
  predictions: readonly { id: string; outputs: Readonly<Record<string, number | string | readonly number[]>> }[]
}

export function predict(api: Api, call: { endpoint: string; row: unknown }): Promise<Answer> {
  return api.post<Answer>(`endpoints/${encodeURIComponent(call.endpoint)}/predict`, { rows: [call.row] })
}

import { loadThread } from '@millrace/lineage/web'
import type { Deployment, Prediction, Rollout, ServingEndpoint } from '@millrace/model-serving/contract'
import type { ModelVersion } from '@millrace/model-registry/contract'
import { orNull, type Api } from '@millrace/ui/data'
import type { Interval, LadderStep, TrafficShare } from '@millrace/ui/charts'
import type { Sentence, State } from '@millrace/ui/parts'
import type { ThreadStop } from '@millrace/ui/shell'
import type { z } from 'zod'
import { answersOf } from './answers.ts'
import { historyOf } from './endpoint-history.ts'
import { endpointStatus, loadStatistics, versionsOf, type Statistics, type StatisticsAnswer } from './load-endpoints.ts'
import { rolloutView } from './rollout-view.ts'

export type LoggedPrediction = z.infer<typeof Prediction>

export interface EndpointView {
  name: string
  model: string
  state: State
  status: string
  /** Where predictions are asked: "/v2/models/flight-delay/infer". */
  path: string
  /** The address of its own API, for snippets. */
  address: string
  /** What was ever deployed here, the newest first. */
  versions: readonly { id: string; name: string }[]
  /** The origin of the server, for the Open Inference address. */
  origin: string
  thread: readonly ThreadStop[]
  traffic: readonly TrafficShare[]
  shadow: string | null
  rollout: RolloutView | null
  history: readonly { atMs: number; state: State; says: Sentence; more?: string }[]
  /** Figures by deployment since the data plane started; null while it does not answer. */
  figures: readonly DeploymentFigures[] | null
  /** A first row to try, of zeros, where nothing was logged yet. */
  example: Readonly<Record<string, unknown>>
}

/** The newest logged answers: how they spread, and the last row that was asked. */
export interface AnswersView {
  answers: {
    edges: readonly string[]
    series: readonly { label: string; token: string; values: readonly number[] }[]
    threshold: number | null
    rows: number
  } | null
  lastRow: Readonly<Record<string, unknown>> | null
}

export interface DeploymentFigures {
  name: string
  role: TrafficShare['role']
  share: number
  requests: number
  rows: number
  requestsPerSecond: number
  errorShare: number | null
  p50Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
}

export interface RolloutView {
  id: string
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
    limitSays: string
    samples: number
    state: State
    verdict: string
  }[]
  /** What a person may do now; left out where the state does not allow it. */
  acts: { promote: string | null; hold: boolean; resume: boolean; rollBack: boolean }
  effect: string
}

export const endpointTopics = ['model-serving'] as const

const LOOKED_AT = 1000

interface Items<Item> {
  items: readonly Item[]
}

export async function loadEndpoint(api: Api, name: string, signal: AbortSignal): Promise<EndpointView> {
  const at = `endpoints/${encodeURIComponent(name)}`
  const [endpoint, statistics, rollouts, deployments] = await Promise.all([
    api.get<ServingEndpoint>(at, { signal }),
    loadStatistics(api, name, signal),
    api.get<Items<Rollout>>(`${at}/rollouts`, { query: { limit: 20 }, signal }),
    api.get<Items<Deployment>>(`${at}/deployments`, { query: { limit: 20 }, signal }),
  ])
  const champion = endpoint.deployments.find((each) => each.role === 'champion')
  const [thread, version] = await Promise.all([
    champion === undefined ? [] : loadThread(api, 'deployment', champion.id, signal),
    champion === undefined ? null : orNull(api.get<ModelVersion>(`model-versions/${champion.versionId}`, { signal })),
  ])
  return {
    name: endpoint.name,
    model: endpoint.model,
    ...endpointStatus(endpoint),
    path: `/v2/models/${endpoint.name}/infer`,
    address: new URL(api.url(at), location.origin).href,
    origin: location.origin,
    versions: versionsDeployed(deployments.items),
    thread,
    traffic: versionsOf(endpoint),
    shadow: shadowOf(endpoint),
    rollout: rolloutView(endpoint, deployments.items),
    history: historyOf(deployments.items, rollouts.items),
    figures: figuresOf(statistics),
    example: exampleOf(version),
  }
}

/** Fetches the newest answers. Apart from the page, for a long log takes a moment to look through. */
export async function loadAnswers(api: Api, name: string, signal: AbortSignal): Promise<AnswersView> {
  const at = `endpoints/${encodeURIComponent(name)}`
  const [endpoint, predictions] = await Promise.all([
    api.get<ServingEndpoint>(at, { signal }),
    orNull(api.get<Items<LoggedPrediction>>(`${at}/predictions`, { query: { limit: LOOKED_AT }, signal })),
  ])
  const rows = predictions?.items ?? []
  return { answers: answersOf(rows, endpoint), lastRow: rows[0]?.inputs ?? null }
}

function versionsDeployed(deployments: readonly Deployment[]): EndpointView['versions'] {
  const names = new Map(deployments.map((each) => [each.versionId, each.version]))
  return [...names].toSorted((a, b) => b[1] - a[1]).map(([id, version]) => ({ id, name: `v${version}` }))
}

function shadowOf(endpoint: ServingEndpoint): string | null {
  const shadow = endpoint.deployments.find((each) => each.role === 'shadow')
  return shadow === undefined ? null : `v${shadow.version} sees a copy of each request`
}

function figuresOf(answer: StatisticsAnswer | null): EndpointView['figures'] {
  if (answer === null) return null
  return answer.deployments.flatMap((each) => {
    const role = roleOf(each)
    return role === null ? [] : [{ ...figureOf(each), role }]
  })
}

function roleOf({ role }: Statistics): TrafficShare['role'] | null {
  return role === 'champion' || role === 'canary' || role === 'shadow' || role === 'variant' ? role : null
}

function figureOf(each: Statistics): Omit<DeploymentFigures, 'role'> {
  return {
    name: `v${each.version}`,
    share: each.role === 'shadow' ? 0 : each.weight / 100,
    requests: each.requests,
    rows: each.rows,
    requestsPerSecond: each.rate,
    errorShare: each.errorRate,
    p50Ms: each.latencyMs?.p50 ?? null,
    p95Ms: each.latencyMs?.p95 ?? null,
    p99Ms: each.latencyMs?.p99 ?? null,
  }
}

/** A first row to try, of zeros, where nothing was logged yet. */
function exampleOf(version: ModelVersion | null): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (version?.signature?.inputs ?? []).map((input) => [input.name, input.dtype === 'BYTES' ? '' : 0]),
  )
}

export type RolloutAct = 'promote' | 'pause' | 'resume' | 'roll-back'

export function actOnRollout(api: Api, act: { rollout: string; verb: RolloutAct; reason: string }): Promise<unknown> {
  return api.post<unknown>(`rollouts/${act.rollout}/${act.verb}`, act.reason === '' ? {} : { reason: act.reason })
}

/** One answer, with the id that opens its lineage. */
export interface Answer {
  id: string
  version: number
  predictions: readonly { id: string; outputs: Readonly<Record<string, unknown>> }[]
}

export function predict(api: Api, call: { endpoint: string; row: unknown }): Promise<Answer> {
  return api.post<Answer>(`endpoints/${encodeURIComponent(call.endpoint)}/predict`, { rows: [call.row] })
}

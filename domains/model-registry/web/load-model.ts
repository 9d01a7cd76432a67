import { loadNeighbours, loadThread, type Neighbours } from '@millrace/lineage/web'
import type {
  AliasMove,
  Evidence,
  ModelVersion,
  RegisteredModel,
  RegistryChange,
} from '@millrace/model-registry/contract'
import type { Run } from '@millrace/experiment-tracking/contract'
import { orNull, type Api } from '@millrace/ui/data'
import type { ForestRow } from '@millrace/ui/charts'
import type { Stage, State } from '@millrace/ui/parts'
import type { ThreadStop } from '@millrace/ui/shell'
import type { CardSeen, GateSeen } from './governed.ts'
import { aliasCard, measuresOf, versionRow } from './version-row.ts'
import { versionDetail } from './version-detail.ts'

export interface ModelView {
  name: string
  description: string
  tier: 'low' | 'high'
  /** "models:/flight-delay@champion". */
  reference: string
  aliases: readonly { alias: string; stage: Stage; version: number; says: string }[]
  /** The measures shown as columns. */
  measures: readonly { name: string; higherIsBetter: boolean }[]
  versions: readonly VersionRow[]
  /** The newest changes first. */
  history: readonly RegistryChange[]
  chosen: VersionDetail | null
}

export interface VersionRow {
  version: number
  aliases: readonly { alias: string; stage: Stage }[]
  /** What became of it when it has no alias: "rejected". */
  fate: string | null
  evidence: { passed: number; total: number; state: State } | null
  measures: Readonly<Record<string, number>>
  sizeBytes: number
  run: { name: string; to: string } | null
  data: { name: string; to: string | null } | null
  createdAtMs: number
}

export interface VersionDetail {
  id: string
  version: number
  digest: string
  description: string
  thread: readonly ThreadStop[]
  /** The policy and what it found. */
  policy: string | null
  checks: readonly { name: string; state: State; found: string; atMs: number | null }[]
  comparison: { with: string; rows: readonly ForestRow[]; sentence: string } | null
  approvals: {
    id: string
    given: number
    required: number
    state: State
    decisions: readonly {
      by: string
      role: string
      verdict: 'approved' | 'rejected' | 'revoked' | 'asked'
      says: string
    }[]
  } | null
  next: { tone: 'warn' | 'ok' | 'bad'; title: string; says: string; to: string | null; act: string | null } | null
  card: {
    measured: number
    total: number
    figures: readonly { label: string; value: string; evidence: string | null }[]
  } | null
  signature: {
    inputs: readonly { name: string; type: string }[]
    outputs: readonly { name: string; type: string }[]
  } | null
  graph: Neighbours
}

export const modelTopics = ['model-registry', 'governance', 'model-serving', 'delivery'] as const

/** What is fetched of one version for its row. */
export interface VersionFacts {
  evidence: readonly Evidence[]
  gate: GateSeen | null
  run: Run | null
}

const DETAILED = 12

/** Fetches a model with its versions; the chosen one (by number; empty: the newest) in detail. */
export async function loadModel(api: Api, name: string, version: string, signal: AbortSignal): Promise<ModelView> {
  const at = `models/${encodeURIComponent(name)}`
  const [model, versions, history] = await Promise.all([
    api.get<RegisteredModel>(at, { signal }),
    api.get<{ items: readonly ModelVersion[] }>(`${at}/versions`, { query: { limit: 100 }, signal }),
    api.get<{ items: readonly RegistryChange[] }>(`${at}/history`, { query: { limit: 50 }, signal }),
  ])
  const chosen = versions.items.find((each) => String(each.version) === version) ?? versions.items[0]
  const aliases = Object.keys(model.aliases)
  const [facts, moves, detail] = await Promise.all([
    Promise.all(versions.items.slice(0, DETAILED).map((each) => loadFacts(api, each, signal))),
    Promise.all(aliases.map((alias) => lastMove(api, at, alias, signal))),
    chosen === undefined ? null : loadDetail(api, chosen, versions.items, signal),
  ])
  const measures = measuresOf(facts)
  return {
    name: model.name,
    description: model.description,
    tier: model.riskTier,
    reference: `models:/${model.name}${model.aliases['champion'] === undefined ? '' : '@champion'}`,
    aliases: aliases.map((alias, index) => aliasCard(alias, model.aliases[alias] ?? 0, moves[index] ?? null)),
    measures,
    versions: versions.items.map((each, index) => versionRow(each, facts[index] ?? null, measures)),
    history: history.items,
    chosen: detail,
  }
}

async function loadFacts(api: Api, version: ModelVersion, signal: AbortSignal): Promise<VersionFacts> {
  const at = `model-versions/${version.id}`
  const [evidence, card, run] = await Promise.all([
    api.get<{ items: readonly Evidence[] }>(`${at}/evidence`, { query: { limit: 50 }, signal }),
    // The card says null where no gate was evaluated; the gate's own address would answer 404.
    orNull(api.get<CardSeen>(`${at}/card`, { signal })),
    version.runId === null ? null : orNull(api.get<Run>(`runs/${encodeURIComponent(version.runId)}`, { signal })),
  ])
  return { evidence: evidence.items, gate: card?.gate ?? null, run }
}

async function lastMove(api: Api, at: string, alias: string, signal: AbortSignal): Promise<AliasMove | null> {
  const path = `${at}/aliases/${encodeURIComponent(alias)}/history`
  const { items } = await api.get<{ items: readonly AliasMove[] }>(path, { query: { limit: 1 }, signal })
  return items[0] ?? null
}

async function loadDetail(
  api: Api,
  version: ModelVersion,
  all: readonly ModelVersion[],
  signal: AbortSignal,
): Promise<VersionDetail> {
  const at = `model-versions/${version.id}`
  const [card, evidence, thread, graph] = await Promise.all([
    orNull(api.get<CardSeen>(`${at}/card`, { signal })),
    api.get<{ items: readonly Evidence[] }>(`${at}/evidence`, { query: { limit: 50 }, signal }),
    loadThread(api, 'model-version', version.id, signal),
    loadNeighbours(api, 'model-version', version.id, 2, signal),
  ])
  return { ...versionDetail(version, all, evidence.items, card), thread, graph }
}

import type { AuditRecord, Verification } from '@millrace/audit/contract'
import type { Api } from '@millrace/ui/data'

export interface AuditRow {
  id: string
  /** Null until the sealer has linked it. */
  sequence: number | null
  atMs: number
  actor: { name: string; machine: boolean }
  did: string
  to: { name: string; href: string | null }
  reason: string | null
  hash: string | null
}

export interface AuditView {
  items: readonly AuditRow[]
  /** There are older ones than those. */
  more: boolean
}

export interface Chain {
  ok: boolean
  length: number
  head: string | null
  unsealed: number
  firstBad: number | null
  tookMs: number
}

interface Page {
  items: readonly AuditRecord[]
  nextPageToken?: string
}

/** Fetches the newest records that a filter passes. */
export async function loadAudit(api: Api, q: string, signal: AbortSignal): Promise<AuditView> {
  const page = await api.get<Page>('audit', { query: { ...auditQuery(q), limit: 500 }, signal })
  return { items: page.items.map(auditRow), more: page.nextPageToken !== undefined }
}

/** Has the server read the whole chain again. */
export async function verifyChain(api: Api, signal: AbortSignal): Promise<Chain> {
  const startedMs = performance.now()
  const found = await api.get<Verification>('audit/verification', { signal })
  return {
    ok: found.ok,
    length: found.length,
    head: found.head,
    unsealed: found.unsealed,
    firstBad: found.firstBad?.sequence ?? null,
    tookMs: performance.now() - startedMs,
  }
}

const fields = new Set(['object', 'kind', 'actor', 'action'])

/** `object = flight-delay and actor = maya` as the API's parameters; a single word means the object. */
export function auditQuery(q: string): Readonly<Record<string, string>> {
  const clauses = q.split(/\s+and\s+/i).flatMap((clause) => {
    const [, field, value] = /^\s*(\w+)\s*=\s*"?([^"]+?)"?\s*$/.exec(clause) ?? []
    return field !== undefined && value !== undefined && fields.has(field) ? [[field, value] as const] : []
  })
  if (clauses.length > 0) return Object.fromEntries(clauses)
  const word = q.trim()
  if (word === '') return {}
  return /^[a-z-]+\.[a-z-]*\*?$/.test(word) ? { action: word } : { object: word }
}

/** One record as a row of the log. */
export function auditRow(record: AuditRecord): AuditRow {
  return {
    id: record.id,
    sequence: record.sequence,
    atMs: record.atMs,
    actor: { name: record.actor.name, machine: record.actor.kind === 'system' || record.actor.kind === 'service' },
    did: record.action,
    to: { name: `${record.object.kind} ${record.object.id}`, href: hrefOf(record.object) },
    reason: record.reason ?? null,
    hash: record.chainHash,
  }
}

// Kinds that are named by their names, with the list their page is in.
const lists: Readonly<Record<string, string>> = {
  experiment: 'experiments',
  dataset: 'datasets',
  model: 'models',
  pipeline: 'pipelines',
  study: 'studies',
  endpoint: 'endpoints',
  monitor: 'monitors',
  approval: 'approvals',
  incident: 'incidents',
  release: 'releases',
}
const inGraph = new Set([
  'run',
  'dataset-version',
  'model-version',
  'pipeline-run',
  'deployment',
  'rollout',
  'alert',
  'window',
])

function hrefOf({ kind, id }: { kind: string; id: string }): string | null {
  const list = lists[kind]
  if (list !== undefined) return `/${list}/${encodeURIComponent(id)}`
  return inGraph.has(kind) ? `/lineage/${kind}/${encodeURIComponent(id)}` : null
}

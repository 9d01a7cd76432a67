import { createHash } from 'node:crypto'
import { canonicalJson, ref } from '@millrace/contract'
import type { LineageEdge } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { action } from '../store/monitoring-store.ts'
import type { StoredWindow } from '../store/window-rows.ts'
import { judgeRules } from './raise-alerts.ts'

const { problem } = contract

/**
 * Records what was measured of a window, once: the same figures again change nothing, other figures are the next
 * revision of the same window. Then every rule of the monitor judges it, in this transaction.
 */
export const recordWindow = action(contract.recordWindow, async ({ store, input, nowMs, newId, actor }) => {
  const { name, figures, sources, referenceVersionId } = input
  const monitor = await store.monitors.find(name)
  if (monitor === undefined) throw problem['monitor-not-found']({ name })
  await store.monitors.lock(name, nowMs)
  const known = await store.windows.at(name, figures.fromMs, figures.toMs)
  const digest = createHash('sha256').update(canonicalJson(figures)).digest('hex')
  if (known?.digest === digest) {
    if (known.sources !== sources) await store.windows.saveSources(known.id, sources)
    return { answer: { id: known.id, change: 'unchanged' as const, fired: [] }, audit: 'unchanged' }
  }
  const id = known?.id ?? (newId('win') as StoredWindow['id']) // newId makes it of this kind
  const window = nextRevision({ ...figures, id, monitor: name, digest, sources }, known, nowMs)
  if (known === undefined) await store.windows.insert(window)
  else await store.windows.update(window)
  const judged = await judgeRules({ store, nowMs, newId, by: actor.name }, monitor.spec.endpoint, window, figures)
  const happened = known === undefined ? contract.windowClosed : contract.windowRemeasured
  const object = ref('window', window.id)
  return {
    answer: { id: window.id, change: changeOf(known), fired: judged.fired },
    events: [happened({ id, monitor: name, fromMs: window.fromMs, toMs: window.toMs }), ...judged.events],
    audit: [{ object, ...beforeOf(known), after: auditOf(window) }, ...judged.audit],
    edges: [...edgesOf(window, monitor.id, referenceVersionId), ...judged.edges],
  }
})

function nextRevision(
  measured: Omit<StoredWindow, 'coverage' | 'revision' | 'closedAtMs' | 'measuredAtMs'>,
  known: StoredWindow | undefined,
  nowMs: number,
): StoredWindow {
  return {
    ...measured,
    coverage: measured.rows === 0 ? 0 : measured.labelled / measured.rows,
    revision: (known?.revision ?? 0) + 1,
    closedAtMs: known?.closedAtMs ?? nowMs,
    measuredAtMs: nowMs,
  }
}

function beforeOf(known: StoredWindow | undefined): { before?: unknown } {
  return known === undefined ? {} : { before: auditOf(known) }
}

function changeOf(known: StoredWindow | undefined): 'closed' | 'remeasured' {
  return known === undefined ? 'closed' : 'remeasured'
}

function auditOf({ monitor, fromMs, toMs, rows, labelled, revision, digest }: StoredWindow) {
  return { monitor, fromMs, toMs, rows, labelled, revision, digest }
}

function edgesOf(window: StoredWindow, monitorId: string, referenceVersionId: string): LineageEdge[] {
  const from = ref('window', window.id)
  const deployments = new Set(window.deployments.map(({ deploymentId }) => deploymentId))
  return [
    { from, type: 'part_of', to: ref('monitor', monitorId) },
    { from, type: 'measured', to: ref('dataset-version', referenceVersionId), context: 'reference' },
    ...[...deployments].map((id) => ({ from, type: 'measured' as const, to: ref('deployment', id) })),
  ]
}

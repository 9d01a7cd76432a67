import { canonicalJson, ref } from '@millrace/contract'
import { resolveDatasetVersion } from '@millrace/datasets'
import * as contract from '../contract.ts'
import { action } from '../store/monitoring-store.ts'
import { showMonitor } from './show-monitor.ts'

const { problem } = contract

/**
 * Declares a monitor, and holds the data set version it compares with. The reference is resolved now: `@latest` stays
 * what it was until the monitor is put again. Throws `monitoring/no-such-column`, `datasets/version-not-found`.
 */
export const putMonitor = action(contract.putMonitor, async ({ store, input, nowMs, newId, ask, holds }) => {
  const { name, ...spec } = input
  const version = await ask(resolveDatasetVersion, { reference: spec.reference })
  const columns = new Set(version.columns.map((column) => column.name))
  for (const column of [...spec.features, ...(spec.labelColumn === null ? [] : [spec.labelColumn])]) {
    if (!columns.has(column)) throw problem['no-such-column']({ column, columns: [...columns].join(', ') })
  }
  const reference = { versionId: version.id, dataset: version.dataset, version: version.version }
  const before = await store.monitors.find(name)
  const self = ref('monitor', name)
  if (before === undefined) {
    const made = { id: newId('mon'), name, spec, reference, createdAtMs: nowMs, updatedAtMs: nowMs }
    await store.monitors.insert(made)
    await holds.place(ref('dataset-version', version.id), self, `The monitor "${name}" compares with it.`)
    return { answer: await showMonitor(store, made), audit: { object: self, after: { spec, reference } } }
  }
  const after = { ...before, spec, reference, updatedAtMs: nowMs }
  const same = canonicalJson([before.spec, before.reference]) === canonicalJson([spec, reference])
  if (same) return { answer: await showMonitor(store, before), audit: 'unchanged' }
  await store.monitors.save(after)
  await holds.release(ref('dataset-version', before.reference.versionId), self)
  await holds.place(ref('dataset-version', version.id), self, `The monitor "${name}" compares with it.`)
  return {
    answer: await showMonitor(store, after),
    audit: {
      object: self,
      before: { spec: before.spec, reference: before.reference },
      after: { spec, reference },
    },
  }
})

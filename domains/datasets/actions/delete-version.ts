import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/datasets.ts'

/**
 * Forgets a version. Refused while anything holds it (`kernel/held`) or a later domain vetoes (`datasets.collect`).
 * Its bytes stay in the object store, where other versions may share them.
 */
export const deleteVersion = action(contract.deleteVersion, async ({ store, input, actor, nowMs, guard, holds }) => {
  const version = await store.versions.byId(input.id)
  if (version === undefined) throw contract.problem['version-not-found']({ what: input.id })
  const self = ref('dataset-version', version.id)
  await guard('datasets.collect', { versionId: version.id, dataset: version.dataset, version: version.version, actor })
  await holds.refuseIfHeld(self)
  await store.versions.deleteVersion(version.id)
  const dataset = await store.datasets.find(version.dataset)
  const latest = await store.versions.latest(version.dataset)
  const counters = {
    latestVersion: latest?.version ?? null,
    versions: (dataset?.versions ?? 1) - 1,
    lastNumber: dataset?.lastNumber ?? 0,
  }
  await store.datasets.saveCounters(version.dataset, counters, nowMs)
  if (version.split !== undefined) await holds.release(ref('dataset-version', version.split.of), self)
  return {
    answer: {},
    events: [contract.versionDeleted({ id: version.id, dataset: version.dataset, version: version.version })],
    audit: { object: self, before: version },
  }
})

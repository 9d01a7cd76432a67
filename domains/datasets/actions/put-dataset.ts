import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/datasets.ts'

/** Makes a data set, or gives it another spec; the same spec again changes nothing. */
export const putDataset = action(contract.putDataset, async ({ store, input, nowMs, newId }) => {
  const { name, ...spec } = input
  const before = await store.datasets.find(name)
  if (before === undefined) {
    const dataset = { id: newId('ds') as contract.Dataset['id'], name, spec } // newId makes it of this kind
    await store.datasets.insert({ ...dataset, nowMs })
    const after = { ...dataset, description: spec.description, latestVersion: null, versions: 0, createdAtMs: nowMs }
    return { answer: after, audit: { object: ref('dataset', name), after: spec } }
  }
  if (canonicalJson(before.spec) === canonicalJson(spec)) return { answer: before, audit: 'unchanged' }
  await store.datasets.saveSpec(name, spec, nowMs)
  const answer = { ...before, spec, description: spec.description }
  return { answer, audit: { object: ref('dataset', name), before: before.spec, after: spec } }
})

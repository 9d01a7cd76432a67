import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/tracking.ts'
import { findActiveExperiment, lookUpExperiment } from './find-experiment.ts'

const { problem } = contract

/** Gives an experiment another name. Throws `experiment-tracking/experiment-exists`. */
export const renameExperiment = action(contract.renameExperiment, async ({ store, input, nowMs }) => {
  const before = await findActiveExperiment(store, input.name)
  if (before.name === input.newName) return { answer: before, audit: 'unchanged' }
  if ((await lookUpExperiment(store, input.newName)) !== undefined)
    throw problem['experiment-exists']({ name: input.newName })
  await store.experiments.update(before.number, { name: input.newName, updated_at_ms: nowMs })
  const answer = { ...before, name: input.newName, updatedAtMs: nowMs }
  return {
    answer,
    audit: { object: ref('experiment', before.name), before: { name: before.name }, after: { name: input.newName } },
  }
})

/** Sets tags of an experiment; null removes one. Throws `experiment-tracking/tag-not-found` for one that is not there. */
export const tagExperiment = action(contract.tagExperiment, async ({ store, input, nowMs }) => {
  const before = await findActiveExperiment(store, input.name)
  for (const [key, value] of Object.entries(input.tags)) {
    const missing = value === null && !Object.hasOwn(before.spec.tags, key)
    if (missing) throw problem['tag-not-found']({ key, where: `experiment ${before.id}` })
  }
  await store.experiments.setTags(before.number, input.tags)
  await store.experiments.update(before.number, { updated_at_ms: nowMs })
  const merged = { ...before.spec.tags, ...input.tags }
  const tags = Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
  )
  const answer = { ...before, updatedAtMs: nowMs, spec: { ...before.spec, tags } }
  return { answer, audit: { object: ref('experiment', before.name), before: before.spec, after: answer.spec } }
})

import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/tracking.ts'

const { problem } = contract

/**
 * Makes an experiment, or gives it another description and tags; the same again changes nothing. The first number is 0,
 * which the server takes for "Default" when it starts.
 */
export const putExperiment = action(contract.putExperiment, async ({ store, input, nowMs }) => {
  const { name, artifactRoot, artifactBase, onlyNew, ...spec } = input
  const before = await store.experiments.byName(name)
  if (before === undefined) {
    const number = await store.experiments.nextNumber()
    const root = artifactRoot ?? `${artifactBase.replace(/\/$/, '')}/${number}`
    const times = { created_at_ms: nowMs, updated_at_ms: nowMs, deleted_at_ms: null, retention: retentionOf(spec) }
    await store.experiments.insert({ number, name, description: spec.description, artifact_root: root, ...times })
    await store.experiments.setTags(number, spec.tags)
    const own = {
      id: String(number),
      number,
      name,
      artifactRoot: root,
      deleted: false,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    }
    return {
      answer: { ...own, spec },
      events: [contract.experimentCreated({ id: own.id, name })],
      audit: { object: ref('experiment', name), after: spec },
    }
  }
  if (onlyNew) throw problem['experiment-exists']({ name })
  if (before.deleted) throw problem['experiment-deleted']({ name, id: before.id })
  if (canonicalJson(before.spec) === canonicalJson(spec)) return { answer: before, audit: 'unchanged' }
  const gone = Object.keys(before.spec.tags).filter((key) => !Object.hasOwn(spec.tags, key))
  await store.experiments.setTags(before.number, {
    ...Object.fromEntries(gone.map((key) => [key, null])),
    ...spec.tags,
  })
  const own = { description: spec.description, retention: retentionOf(spec) }
  await store.experiments.update(before.number, { ...own, updated_at_ms: nowMs })
  return {
    answer: { ...before, spec, updatedAtMs: nowMs },
    audit: { object: ref('experiment', name), before: before.spec, after: spec },
  }
})

function retentionOf({ retention }: contract.ExperimentSpec): string | null {
  return retention === undefined ? null : JSON.stringify(retention)
}

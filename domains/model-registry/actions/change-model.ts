import type { DomainEvent } from '@millrace/contract'
import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/registry.ts'
import { removeVersion } from './delete-version.ts'
import { findModel } from './find-model.ts'
import { recordChange } from './record-change.ts'

const { problem } = contract

/** Gives a model another name; its versions go along. Throws `model-registry/model-exists`. */
export const renameModel = action(contract.renameModel, async (context) => {
  const { store, input, nowMs } = context
  const model = await findModel(store, input.name)
  if (input.newName === input.name) return { answer: model, audit: 'unchanged' }
  if ((await store.models.find(input.newName)) !== undefined) throw problem['model-exists']({ name: input.newName })
  await store.models.update(model.id, { name: input.newName, updated_at_ms: nowMs })
  await store.versions.touchAll(model.id, nowMs)
  await recordChange(context, model.id, { kind: 'renamed', from: input.name, to: input.newName })
  const audit = { object: ref('model', input.name), before: { name: input.name }, after: { name: input.newName } }
  return { answer: { ...model, name: input.newName, updatedAtMs: nowMs }, audit }
})

/**
 * Deletes a model without versions, or with all of them where that is asked: each is let go as if it were deleted alone,
 * so one that is held or guarded keeps the whole model. Throws `model-registry/model-has-versions`.
 */
export const deleteModel = action(contract.deleteModel, async (context) => {
  const { store, input, holds } = context
  const model = await findModel(store, input.name)
  const versions = await store.versions.all(model.id)
  if (versions.length > 0 && !input.withVersions)
    throw problem['model-has-versions']({ name: model.name, versions: versions.length })
  await holds.refuseIfHeld(ref('model', model.name))
  // The newest first: a copy holds what it was copied from.
  const events: DomainEvent[] = []
  for (const version of versions.toReversed()) events.push(...(await removeVersion(context, version)))
  await store.changes.removeAll(model.id)
  await store.models.remove(model.id)
  return {
    answer: {},
    events: [...events, contract.modelDeleted({ id: model.id, model: model.name })],
    audit: [
      ...versions.map((version) => ({ object: ref('model-version', version.id), before: version })),
      { object: ref('model', model.name), before: model.spec },
    ],
  }
})

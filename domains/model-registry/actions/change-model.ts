import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/registry.ts'
import { findModel } from './find-model.ts'

const { problem } = contract

/** Gives a model another name; its versions go along. Throws `model-registry/model-exists`. */
export const renameModel = action(contract.renameModel, async ({ store, input, nowMs }) => {
  const model = await findModel(store, input.name)
  if (input.newName === input.name) return { answer: model, audit: 'unchanged' }
  if ((await store.models.find(input.newName)) !== undefined) throw problem['model-exists']({ name: input.newName })
  await store.models.update(model.id, { name: input.newName, updated_at_ms: nowMs })
  const audit = { object: ref('model', input.name), before: { name: input.name }, after: { name: input.newName } }
  return { answer: { ...model, name: input.newName, updatedAtMs: nowMs }, audit }
})

/** Deletes a model without versions. Throws `model-registry/model-has-versions`. */
export const deleteModel = action(contract.deleteModel, async ({ store, input, holds }) => {
  const model = await findModel(store, input.name)
  const versions = await store.versions.count(model.id)
  if (versions > 0) throw problem['model-has-versions']({ name: model.name, versions })
  await holds.refuseIfHeld(ref('model', model.name))
  await store.models.remove(model.id)
  return { answer: {}, audit: { object: ref('model', model.name), before: model.spec } }
})

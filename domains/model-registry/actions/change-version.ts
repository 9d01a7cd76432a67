import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/registry.ts'
import { findModel, findVersion } from './find-model.ts'
import { recordChange } from './record-change.ts'

/** Changes description and tags; a null tag is removed. Only another description counts as a change of the version. */
export const updateVersion = action(contract.updateVersion, async ({ store, input, nowMs }) => {
  const before = await findVersion(store, input.id)
  const merged = Object.entries({ ...before.tags, ...input.tags })
  const tags = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null))
  const text = { description: input.description ?? before.description, tags }
  const was = { description: before.description, tags: before.tags }
  if (canonicalJson(text) === canonicalJson(was)) return { answer: before, audit: 'unchanged' }
  const updatedAtMs = text.description === was.description ? before.updatedAtMs : nowMs
  await store.versions.saveText(before.id, text, updatedAtMs)
  const { kind } = await findModel(store, before.model)
  return {
    answer: { ...before, ...text, updatedAtMs },
    events: tagEvents(before, kind, tags),
    audit: { object: ref('model-version', before.id), before: was, after: text },
  }
})

function tagEvents(before: contract.ModelVersion, kind: contract.ModelKind, tags: Readonly<Record<string, string>>) {
  const set = Object.fromEntries(Object.entries(tags).filter(([key, value]) => before.tags[key] !== value))
  const removed = Object.keys(before.tags).filter((key) => tags[key] === undefined)
  if (Object.keys(set).length === 0 && removed.length === 0) return []
  const { id, model, version } = before
  return [contract.versionTagged({ id, model, version, kind, set, removed })]
}

/** Says whether a version is approved. For governance, which asks for permission `model-registry:approve`. */
export const setApproval = action(contract.setApproval, async (context) => {
  const { store, input, nowMs } = context
  const before = await findVersion(store, input.versionId)
  if (before.approval === input.approval) return { answer: before, audit: 'unchanged' }
  await store.versions.saveApproval(before.id, input.approval, nowMs)
  const { id, model, version } = before
  const { approval: from } = before
  const { id: modelId } = await findModel(store, model)
  await recordChange(context, modelId, { kind: 'approval', version, from, to: input.approval, reason: input.reason })
  return {
    answer: { ...before, approval: input.approval, updatedAtMs: nowMs },
    events: [contract.approvalSet({ id, model, version, approval: input.approval })],
    audit: {
      object: ref('model-version', id),
      before: { approval: before.approval },
      after: { approval: input.approval },
      ...(input.reason === undefined ? {} : { reason: input.reason }),
    },
  }
})

/**
 * Moves a version to a stage; with `archiveExisting` the others of that stage go to Archived. The guard
 * `model-registry.move-stage` may veto. Throws `model-registry/cannot-archive`.
 */
export const moveStage = action(contract.moveStage, async (context) => {
  const { store, input, nowMs, actor, guard } = context
  const { stage: to, archiveExisting, reason } = input
  if (archiveExisting && to !== 'Staging' && to !== 'Production')
    throw contract.problem['cannot-archive']({ stage: to })
  const before = await findVersion(store, input.id)
  const model = await findModel(store, before.model)
  const { id, version, stage: from } = before
  await guard('model-registry.move-stage', { model: model.name, versionId: id, version, from, to, actor })
  const staged = archiveExisting ? await store.versions.inStage(model.id, to) : []
  const others = staged.filter((other) => other.id !== id)
  for (const other of others) {
    await store.versions.saveStage(other.id, 'Archived', nowMs)
    await recordChange(context, model.id, { kind: 'stage', version: other.version, from: to, to: 'Archived', reason })
  }
  await store.versions.saveStage(id, to, nowMs)
  await store.models.update(model.id, { updated_at_ms: nowMs })
  if (from !== to) await recordChange(context, model.id, { kind: 'stage', version, from, to, reason })
  const archived = others.map((other) => other.version)
  return {
    answer: { ...before, stage: to, updatedAtMs: nowMs },
    events: [contract.stageMoved({ id, model: model.name, version, from, to, archived })],
    audit: {
      object: ref('model-version', id),
      before: { stage: from },
      after: { stage: to, archived },
      ...(reason === undefined ? {} : { reason }),
    },
  }
})

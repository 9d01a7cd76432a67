import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/registry.ts'
import { findVersion } from './find-model.ts'

/** Changes description and tags; a null tag is removed. */
export const updateVersion = action(contract.updateVersion, async ({ store, input, nowMs }) => {
  const before = await findVersion(store, input.id)
  const merged = Object.entries({ ...before.tags, ...input.tags })
  const tags = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null))
  const text = { description: input.description ?? before.description, tags }
  const was = { description: before.description, tags: before.tags }
  if (canonicalJson(text) === canonicalJson(was)) return { answer: before, audit: 'unchanged' }
  await store.versions.saveText(before.id, text, nowMs)
  return {
    answer: { ...before, ...text, updatedAtMs: nowMs },
    audit: { object: ref('model-version', before.id), before: was, after: text },
  }
})

/** Says whether a version is approved. For governance, which asks for permission `model-registry:approve`. */
export const setApproval = action(contract.setApproval, async ({ store, input, nowMs }) => {
  const before = await findVersion(store, input.versionId)
  if (before.approval === input.approval) return { answer: before, audit: 'unchanged' }
  await store.versions.saveApproval(before.id, input.approval, nowMs)
  const { id, model, version } = before
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

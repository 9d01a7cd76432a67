import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { problem } from '../model/problems.ts'
import { action } from '../store/tracking.ts'
import { findWritableRun } from './find-run.ts'

/** Removes a tag. Throws `experiment-tracking/tag-not-found`. */
export const deleteTag = action(contract.deleteTag, async ({ store, input }) => {
  await findWritableRun(store, input.id)
  const before = await store.tags.some(input.id, [input.key])
  if (!(await store.tags.remove(input.id, input.key)))
    throw problem['tag-not-found']({ key: input.key, where: `run ${input.id}` })
  return { answer: {}, audit: { object: ref('run', input.id), before: Object.fromEntries(before), after: {} } }
})

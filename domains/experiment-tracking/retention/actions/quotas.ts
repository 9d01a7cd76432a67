import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { action } from '../../store/tracking.ts'

/** Sets the limits of a workspace; the same again changes nothing. */
export const putQuota = action(contract.putQuota, async ({ store, input, workspace }) => {
  const before = await store.usage.quota()
  if (before !== null && canonicalJson(before) === canonicalJson(input)) return { answer: input, audit: 'unchanged' }
  await store.usage.setQuota(input)
  return {
    answer: input,
    audit: { object: ref('workspace', workspace), before: { quota: before }, after: { quota: input } },
  }
})

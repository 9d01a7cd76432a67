import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { overlapWith } from '../model/applying-policy.ts'
import { action } from '../store/governance-store.ts'

/** Declares a policy, or gives it another spec; the same spec again changes nothing. */
export const putPolicy = action(contract.putPolicy, async ({ store, input, nowMs }) => {
  const { name, ...spec } = input
  const all = await store.policies.all()
  const before = all.find((policy) => policy.name === name)
  if (before !== undefined && canonicalJson(before.spec) === canonicalJson(spec)) {
    return { answer: before, audit: 'unchanged' }
  }
  const overlap = overlapWith(
    spec,
    all.filter((policy) => policy.name !== name),
  )
  if (overlap !== undefined) throw contract.problem['policy-overlaps'](overlap)
  const policy = { name, spec, createdAtMs: before?.createdAtMs ?? nowMs, updatedAtMs: nowMs }
  await store.policies.put(policy)
  return {
    answer: policy,
    audit: { object: ref('policy', name), ...(before === undefined ? {} : { before: before.spec }), after: spec },
  }
})

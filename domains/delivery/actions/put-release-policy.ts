import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { checkTriggers } from '../model/triggers.ts'
import { action } from '../store/delivery-store.ts'
import * as inProcess from './in-process-contract.ts'

/** Declares a release policy. Releases under way keep the policy they began with. The same spec again changes nothing. */
export const putReleasePolicy = action(contract.putReleasePolicy, async ({ store, input, nowMs }) => {
  const { name, ...spec } = input
  checkTriggers(spec)
  const before = await store.policies.find(name)
  if (before !== undefined && canonicalJson(before.spec) === canonicalJson(spec)) {
    return { answer: before, audit: 'unchanged' }
  }
  const policy = { name, spec, createdAtMs: before?.createdAtMs ?? nowMs, updatedAtMs: nowMs }
  await store.policies.put(policy)
  return {
    answer: policy,
    audit: {
      object: ref('release-policy', name),
      ...(before === undefined ? {} : { before: before.spec }),
      after: spec,
    },
  }
})

/** Remembers until when a policy's cron triggers were looked at. */
export const checkCron = action(inProcess.checkCron, async ({ store, input }) => {
  await store.policies.setCronChecked(input.policy, input.atMs)
  return { answer: {}, audit: 'unchanged' }
})

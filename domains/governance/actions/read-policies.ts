import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/governance-store.ts'

/** A policy by name. Throws `no-such-policy`. */
export const readPolicy = query(contract.readPolicy, async ({ store, input }) => {
  const policy = await store.policies.find(input.name)
  if (policy === undefined) throw contract.problem['no-such-policy']({ name: input.name })
  return policy
})

export const listPolicies = query(contract.listPolicies, async ({ store, input }) => {
  const found = await store.policies.list(input.limit, input.pageToken)
  return pageOf(
    found,
    input.limit,
    (policy) => [policy.name],
    (policy) => policy,
  )
})

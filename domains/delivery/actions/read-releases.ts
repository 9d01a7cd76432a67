import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { loopRelease } from '../model/loop-stops.ts'
import { medianMsToLive, outcomesOf } from '../model/outcomes.ts'
import { query } from '../store/delivery-store.ts'
import { findRelease } from './find-release.ts'

export const readReleasePolicy = query(contract.readReleasePolicy, async ({ store, input }) => {
  const policy = await store.policies.find(input.name)
  if (policy === undefined) throw contract.problem['no-such-policy']({ name: input.name })
  return policy
})

export const listReleasePolicies = query(contract.listReleasePolicies, async ({ store, input }) => {
  const found = await store.policies.list(input.limit, input.pageToken)
  return pageOf(
    found,
    input.limit,
    (policy) => [policy.name],
    (policy) => policy,
  )
})

export const readRelease = query(contract.readRelease, ({ store, input }) => findRelease(store, input.id))

export const listReleases = query(contract.listReleases, async ({ store, input }) => {
  const found = await store.releases.list(input)
  return pageOf(
    found,
    input.limit,
    (release) => [release.createdAtMs, release.id],
    (release) => release,
  )
})

/** What the home page draws: open releases and the newest that ended, with their seven stops. */
export const readLoop = query(contract.readLoop, async ({ store, input }) => {
  const closed = await store.releases.endedOnes(input.limit)
  return {
    open: (await store.releases.openOnes()).map(loopRelease),
    closed: closed.map(loopRelease),
    counts: outcomesOf(closed),
    medianMs: medianMsToLive(closed),
  }
})

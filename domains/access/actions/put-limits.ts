import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, limitsChanged } from '../contract.ts'
import { action } from '../store/access-store.ts'

const none = { requestsPerSecond: null, burst: null, bodyBytes: null }

/** Says how much an account may ask for; what is not said is the server's own setting. */
export const putLimits = action(contract.putLimits, async ({ store, input }) => {
  const user = await store.users.find(input.id)
  if (user === undefined) throw accessProblem['no-such-user']({ user: input.id })
  const before = (await store.limits.find(user.id)) ?? none
  const { requestsPerSecond = null, burst = null, bodyBytes = null } = input
  const after = { requestsPerSecond, burst, bodyBytes }
  if (canonicalJson(before) === canonicalJson(after)) return { answer: after, audit: 'unchanged' }
  await store.limits.put(user.id, after)
  return {
    answer: after,
    events: [limitsChanged({ id: user.id, name: user.name })],
    audit: { object: ref('user', user.id), before, after },
  }
})

import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, tokenRevoked } from '../contract.ts'
import { action } from '../store/access-store.ts'
import { showToken } from '../store/tokens.ts'

/** Revokes a token; the commit empties this process's cache before the answer is sent. */
export const revokeToken = action(contract.revokeToken, async ({ store, input, nowMs }) => {
  const row = await store.tokens.find(input.id)
  if (row === undefined) throw accessProblem['no-such-token']({ id: input.id })
  const before = showToken(row)
  if (row.revoked_at_ms !== null) return { answer: before, audit: 'unchanged' }
  await store.tokens.revoke(row.id, nowMs)
  const after = { ...before, revokedAtMs: nowMs }
  return {
    answer: after,
    events: [tokenRevoked({ id: row.id, name: row.name, userId: row.user_id })],
    audit: { object: ref('token', row.id), before, after },
  }
})

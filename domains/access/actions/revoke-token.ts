import { ref } from '@millrace/contract'
import type { Outcome } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { accessProblem, tokenRevoked } from '../contract.ts'
import { accountOf } from '../sign-in/actions/sessions.ts'
import type { AccessStore } from '../store/access-store.ts'
import { action } from '../store/access-store.ts'
import type { TokenRow } from '../store/tokens.ts'
import { showToken } from '../store/tokens.ts'

/** Revokes a token; the commit empties this process's cache before the answer is sent. */
export const revokeToken = action(contract.revokeToken, async ({ store, input, nowMs }) => {
  const row = await store.tokens.find(input.id)
  if (row === undefined) throw accessProblem['no-such-token']({ id: input.id })
  return revoke(store, row, nowMs)
})

/** Revokes one of the caller's own tokens. */
export const revokeOwnToken = action(contract.revokeOwnToken, async ({ store, input, actor, nowMs }) => {
  const row = (await store.tokens.ofAccount(accountOf(actor))).find((token) => token.id === input.id)
  if (row === undefined) throw accessProblem['no-such-token']({ id: input.id })
  return revoke(store, row, nowMs)
})

async function revoke(
  store: AccessStore,
  row: TokenRow,
  nowMs: number,
): Promise<Outcome<ReturnType<typeof showToken>>> {
  const before = showToken(row)
  if (row.revoked_at_ms !== null) return { answer: before, audit: 'unchanged' }
  await store.tokens.revoke(row.id, nowMs)
  const after = { ...before, revokedAtMs: nowMs }
  return {
    answer: after,
    events: [tokenRevoked({ id: row.id, name: row.name, userId: row.user_id })],
    audit: { object: ref('token', row.id), before, after },
  }
}

import { ref } from '@millrace/contract'
import type { Actor } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { accessProblem, tokenIssued } from '../contract.ts'
import { covers } from '../model/permissions.ts'
import { action } from '../store/access-store.ts'
import { hashOf, secretFrom, showToken } from '../store/tokens.ts'

/** Makes a token for an account. Its secret has 256 random bits; only its SHA-256 is stored. */
export const createToken = action(contract.createToken, async ({ store, input, actor, nowMs, newId, newHexId }) => {
  const user = await store.users.find(input.user)
  if (user === undefined) throw accessProblem['no-such-user']({ user: input.user })
  if (user.disabled_at_ms !== null) throw accessProblem.disabled({ user: user.name })
  const { expiresAtMs = null } = input
  if (expiresAtMs !== null && expiresAtMs <= nowMs) throw accessProblem['expiry-in-the-past']({ expiresAtMs })
  const scopes = scopesFor(actor, input.scopes)
  const secret = secretFrom(newHexId() + newHexId())
  const row = {
    id: newId('tok'),
    user_id: user.id,
    name: input.name,
    hash: hashOf(secret),
    scopes: scopes === undefined ? null : JSON.stringify(scopes),
    created_at_ms: nowMs,
    expires_at_ms: expiresAtMs,
    revoked_at_ms: null,
  }
  await store.tokens.add(row)
  const token = showToken(row)
  return {
    answer: { ...token, token: secret },
    events: [tokenIssued({ id: row.id, name: row.name, userId: user.id })],
    audit: { object: ref('token', row.id), after: token },
  }
})

/** A limited token makes tokens that are limited at least as much. */
function scopesFor(actor: Actor, wanted: readonly string[] | undefined): readonly string[] | undefined {
  const limits = actor.scopes
  if (limits === undefined) return wanted
  const tooWide = wanted?.find((scope) => !covers(limits, scope))
  if (tooWide !== undefined) throw accessProblem['scope-too-wide']({ scope: tooWide })
  return wanted ?? limits
}

import type { InputOf } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { ActionContext, Actor } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { accessProblem, tokenIssued } from '../contract.ts'
import { covers } from '../model/permissions.ts'
import { accountOf } from '../sign-in/actions/sessions.ts'
import type { AccessStore } from '../store/access-store.ts'
import { action } from '../store/access-store.ts'
import { requireNotAbove } from '../store/administrators.ts'
import { hashOf, secretFrom, showToken } from '../store/tokens.ts'
import type { UserRow } from '../store/users.ts'

/** Makes a token for an account. Its secret has 256 random bits; only its SHA-256 is stored. */
export const createToken = action(contract.createToken, async (context) => {
  const { store, input } = context
  const user = await store.users.find(input.user)
  if (user === undefined) throw accessProblem['no-such-user']({ user: input.user })
  await requireNotAbove(context.scope.db, context.actor, user)
  return makeToken(context, user)
})

/** Makes a token of the caller's own. */
export const createOwnToken = action(contract.createOwnToken, async (context) => {
  const user = await context.store.users.findAnywhere(accountOf(context.actor))
  if (user === undefined) throw accessProblem['no-account']({})
  return makeToken(context, user)
})

type Wanted = Pick<InputOf<typeof contract.createOwnToken>, 'name' | 'expiresAtMs' | 'scopes'>

async function makeToken(
  { store, input, actor, nowMs, newId, newHexId }: ActionContext<AccessStore, Wanted>,
  user: UserRow,
) {
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
}

/** A limited token makes tokens that are limited at least as much. */
function scopesFor(actor: Actor, wanted: readonly string[] | undefined): readonly string[] | undefined {
  const limits = actor.scopes
  if (limits === undefined) return wanted
  const tooWide = wanted?.find((scope) => !covers(limits, scope))
  if (tooWide !== undefined) throw accessProblem['scope-too-wide']({ scope: tooWide })
  return wanted ?? limits
}

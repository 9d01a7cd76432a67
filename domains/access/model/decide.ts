import type { Ref } from '@millrace/contract'
import { covers } from './permissions.ts'

/** A grant with what its role allows. */
export interface GrantInForce {
  readonly on: Ref
  readonly effect: 'allow' | 'deny'
  readonly permissions: readonly string[]
}

/**
 * Says whether `permission` is granted on the first of `chain`: the entity, its parent, … up to the workspace. The
 * nearest thing with a grant that speaks of this permission decides, and there a deny beats an allow.
 */
export function isAllowed(chain: readonly Ref[], grants: readonly GrantInForce[], permission: string): boolean {
  const speaking = grants.filter((grant) => covers(grant.permissions, permission))
  for (const place of chain) {
    const here = speaking.filter((grant) => grant.on.kind === place.kind && grant.on.id === place.id)
    if (here.length > 0) return here.every((grant) => grant.effect === 'allow')
  }
  return false
}

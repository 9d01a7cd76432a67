import type { Ref } from '@millrace/contract'
import { covers } from './permissions.ts'

/** A grant with what its role allows. Its id may be `*`: everything of that kind. */
export interface GrantInForce {
  readonly on: Ref
  readonly effect: 'allow' | 'deny'
  readonly permissions: readonly string[]
}

/** The id of a grant that reaches everything of its kind. */
export const everyId = '*'

/**
 * Says whether `permission` is granted on the first of `chain`: the entity, its parent, … up to the workspace and the
 * server. The nearest thing with a grant that speaks of this permission decides, and there a deny beats an allow.
 * Undefined when nothing speaks of it.
 */
export function decide(
  chain: readonly Ref[],
  grants: readonly GrantInForce[],
  permission: string,
): boolean | undefined {
  const speaking = grants.filter((grant) => covers(grant.permissions, permission))
  if (speaking.length === 0) return undefined
  for (const place of chain) {
    const here = speaking.filter(({ on }) => on.kind === place.kind && (on.id === place.id || on.id === everyId))
    if (here.length > 0) return here.every((grant) => grant.effect === 'allow')
  }
  return undefined
}

import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { Authorized, Authorizer, ResourceKind, Scope } from '@millrace/kernel'
import { accessProblem } from '../contract.ts'
import { isAllowed } from '../model/decide.ts'
import { covers, rolesThatAllow } from '../model/permissions.ts'
import { grantsInForce } from '../store/grants.ts'
import { workspaces } from '../store/workspaces.ts'

/** A chain of parents longer than this is a circle. */
const maxDepth = 32

/**
 * Makes the kernel's `Authorizer`: scopes of the token first, then the nearest grant on the entity, its parents or the
 * workspace. The local person and Millrace itself may everything. Throws `access/forbidden`, `access/out-of-scope`,
 * `access/no-such-workspace`.
 */
export function createAuthorizer(deps: { resources: ReadonlyMap<string, ResourceKind> }): Authorizer {
  // Workspaces are never deleted, so one that was seen is there.
  const seenWorkspaces = new Set(['default'])
  return {
    authorize: async (scope, permission, on) => {
      if (!seenWorkspaces.has(scope.workspace)) {
        await requireWorkspace(scope)
        seenWorkspaces.add(scope.workspace)
      }
      requireScope(scope, permission)
      const trusted = scope.actor.kind === 'local' || scope.actor.kind === 'system'
      if (!trusted) await requireGrant(deps.resources, scope, permission, on)
      // The one place that makes this proof: its brand exists in the type alone.
      return { permission, on } as Authorized<typeof permission>
    },
  }
}

async function requireWorkspace(scope: Scope): Promise<void> {
  const { db, workspace } = scope
  if (!(await workspaces(db).exists(workspace))) throw accessProblem['no-such-workspace']({ workspace })
}

function requireScope(scope: Scope, permission: string): void {
  const { scopes } = scope.actor
  if (scopes === undefined || covers(scopes, permission)) return
  throw accessProblem['out-of-scope']({ permission, scopes: scopes.join(', ') })
}

async function requireGrant(
  resources: ReadonlyMap<string, ResourceKind>,
  scope: Scope,
  permission: string,
  on: Ref,
): Promise<void> {
  const held = await grantsInForce(scope.db, scope.workspace, scope.actor.id)
  const wholeWorkspace = ref('workspace', scope.workspace)
  // Most accounts hold grants on the workspace alone, so their parents need not be read.
  const onlyWorkspace = held.every((grant) => grant.on.kind === 'workspace')
  const chain = onlyWorkspace ? [wholeWorkspace] : await chainOf(resources, scope, on)
  if (isAllowed(chain, held, permission)) return
  throw accessProblem.forbidden({
    who: scope.actor.name,
    permission,
    on: on.kind === 'workspace' ? `the workspace ${scope.workspace}` : `the ${on.kind} ${on.id}`,
    roles: rolesThatAllow(permission).join(', '),
  })
}

/** The entity, its parents, and the workspace last. */
async function chainOf(resources: ReadonlyMap<string, ResourceKind>, scope: Scope, on: Ref): Promise<Ref[]> {
  const chain: Ref[] = []
  let place: Ref | undefined = on
  while (place !== undefined && place.kind !== 'workspace' && chain.length < maxDepth) {
    chain.push(place)
    place = await resources.get(place.kind)?.parent(scope, place.id)
  }
  return [...chain, ref('workspace', scope.workspace)]
}

import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { Authorized, Authorizer, ResourceKind, Runtime, Scope, Visibility } from '@millrace/kernel'
import { everythingVisible } from '@millrace/kernel'
import { accessProblem } from '../contract.ts'
import type { GrantInForce } from '../model/decide.ts'
import { decide, everyId } from '../model/decide.ts'
import { covers, rolesThatAllow } from '../model/permissions.ts'
import type { OpenDoor } from '../model/open-door.ts'
import { grantCacheOf } from '../store/grant-cache.ts'
import { grantsInForce } from '../store/grants.ts'
import { workspaces } from '../store/workspaces.ts'

/** A chain of parents longer than this is a circle. */
const maxDepth = 32
const server = ref('server', 'server')

export interface AuthorizeDeps {
  readonly resources: ReadonlyMap<string, ResourceKind>
  /** With its store, what accounts hold is remembered for a second. */
  readonly database?: Runtime['database'] | undefined
  readonly door: OpenDoor
}

/**
 * Makes the kernel's `Authorizer`: scopes of the token first, then the nearest grant on the entity, its parents, the
 * workspace or the server. The local person and Millrace itself may everything. On `self` everybody may; on a `list`
 * whoever holds anything in the workspace, since the list shows no more than they may see. Throws `access/forbidden`,
 * `access/out-of-scope`, `access/no-such-workspace`.
 */
export function authorizerWith(deps: AuthorizeDeps): Authorizer {
  const requireWorkspace = createWorkspaceCheck(deps.database)
  const read = createGrantReader(deps.database)
  const chainOf = createChainReader(deps)
  const { door } = deps
  return {
    authorize: async (scope, permission, on) => {
      await requireWorkspace(scope)
      requireScope(scope, permission)
      if (!isTrusted(scope) && on.kind !== 'self') {
        const may = await decideFor({ resources: deps.resources, chainOf, read, door }, scope, permission, on)
        if (!may) throw forbidden(scope, permission, on)
      }
      // The one place that makes this proof: its brand exists in the type alone.
      return { permission, on } as Authorized<typeof permission>
    },
    visible: async (scope, permission, kind) => {
      if (isTrusted(scope)) return everythingVisible
      return visibilityOf(await read(scope, scope.workspace), door, scope.workspace, permission, kind)
    },
  }
}

type ReadGrants = (scope: Scope, workspace: string) => Promise<readonly GrantInForce[]>

interface Deciding {
  readonly chainOf: (scope: Scope, on: Ref) => Promise<readonly Ref[]>
  readonly resources: ReadonlyMap<string, ResourceKind>
  readonly read: ReadGrants
  readonly door: OpenDoor
}

const isTrusted = ({ actor }: Scope) => actor.kind === 'local' || actor.kind === 'system'

function createGrantReader(database: AuthorizeDeps['database']): ReadGrants {
  if (database === undefined) return (scope, workspace) => grantsInForce(scope.db, workspace, scope.actor.id)
  const cache = grantCacheOf(database)
  return (scope, workspace) => cache.read(scope.db, workspace, scope.actor.id, scope.nowMs)
}

function createWorkspaceCheck(database: AuthorizeDeps['database']): (scope: Scope) => Promise<void> {
  const cache = database === undefined ? undefined : grantCacheOf(database)
  return async ({ db, workspace, nowMs }) => {
    if (workspace === 'default') return
    const find = async () => {
      if ((await workspaces(db).find(workspace)) === undefined) throw accessProblem['no-such-workspace']({ workspace })
    }
    await (cache === undefined ? find() : cache.requireWorkspace(workspace, nowMs, find))
  }
}

function requireScope(scope: Scope, permission: string): void {
  const { scopes } = scope.actor
  if (scopes === undefined || covers(scopes, permission)) return
  throw accessProblem['out-of-scope']({ permission, scopes: scopes.join(', ') })
}

async function decideFor(deciding: Deciding, scope: Scope, permission: string, on: Ref): Promise<boolean> {
  const { read, door } = deciding
  const workspace = on.kind === 'workspace' && on.id !== '' ? on.id : scope.workspace
  const held = await read(scope, workspace)
  if (on.kind === 'list') return held.some((grant) => grant.effect === 'allow') || door.mayList(workspace)
  if (on.kind === 'server') return decide([server], held, permission) ?? false
  const decided = decide(await placesOf(deciding, scope, on, { workspace, held }), held, permission)
  if (decided !== undefined) return decided
  if (door.permits(workspace, permission, held)) return true
  return door.mayMake(workspace, permission, on.kind, held) && (await isMissing(deciding.resources, scope, on))
}

/** The thing, its parents, the workspace and the server, as far as grants speak of them. */
async function placesOf(
  { chainOf }: Deciding,
  scope: Scope,
  on: Ref,
  { workspace, held }: { readonly workspace: string; readonly held: readonly GrantInForce[] },
): Promise<readonly Ref[]> {
  const wide = [ref('workspace', workspace), server]
  // Most accounts hold grants on the workspace alone, so their parents need not be read.
  const onlyWide = held.every((grant) => grant.on.kind === 'workspace' || grant.on.kind === 'server')
  return onlyWide ? wide : [...(await chainOf(scope, on)), ...wide]
}

/** Where things lie hardly ever changes: it is remembered for a second, as grants are. */
function createChainReader({ resources, database }: AuthorizeDeps): Deciding['chainOf'] {
  if (database === undefined) return (scope, on) => readChain(resources, scope, on)
  const cache = grantCacheOf(database)
  return (scope, on) =>
    cache.chain(`${scope.workspace}/${on.kind}/${on.id}`, scope.nowMs, () => readChain(resources, scope, on))
}

/** The entity and its parents, each by the one id that grants are kept under. */
async function readChain(resources: ReadonlyMap<string, ResourceKind>, scope: Scope, on: Ref): Promise<Ref[]> {
  const chain: Ref[] = []
  let place: Ref | undefined = on
  while (place !== undefined && place.kind !== 'workspace' && chain.length < maxDepth) {
    chain.push(await identityOf(resources, scope, place))
    place = await resources.get(place.kind)?.parent(scope, place.id)
  }
  return chain
}

/** The thing under the one id that grants on it are kept under: things with several names have one of those, too. */
export async function identityOf(resources: ReadonlyMap<string, ResourceKind>, scope: Scope, on: Ref): Promise<Ref> {
  if (on.id === everyId) return on
  const id = await resources.get(on.kind)?.identity?.(scope, on.id)
  return id === undefined ? on : ref(on.kind, id)
}

async function isMissing(resources: ReadonlyMap<string, ResourceKind>, scope: Scope, on: Ref): Promise<boolean> {
  const kind = resources.get(on.kind)
  return kind?.identity !== undefined && (await kind.identity(scope, on.id)) === undefined
}

function visibilityOf(
  held: readonly GrantInForce[],
  door: OpenDoor,
  workspace: string,
  permission: string,
  kind: string,
): Visibility {
  const above = [ref(kind, everyId), ref('workspace', workspace), server]
  const byDefault = decide(above, held, permission) ?? door.permits(workspace, permission, held)
  const named = new Set(held.filter(({ on }) => on.kind === kind && on.id !== everyId).map(({ on }) => on.id))
  const except = [...named].filter(
    (id) => (decide([ref(kind, id), ...above], held, permission) ?? byDefault) !== byDefault,
  )
  return { byDefault, except }
}

function forbidden(scope: Scope, permission: string, on: Ref) {
  return accessProblem.forbidden({
    who: scope.actor.name,
    permission,
    on: placeName(scope, on),
    roles: rolesThatAllow(permission).join(', '),
  })
}

function placeName(scope: Scope, on: Ref): string {
  if (on.kind === 'workspace') return `the workspace ${on.id === '' ? scope.workspace : on.id}`
  if (on.kind === 'list') return `something in the workspace ${scope.workspace}`
  return on.kind === 'server' ? 'the server' : `the ${on.kind} ${on.id}`
}

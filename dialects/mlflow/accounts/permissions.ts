import { createGrantOf, deleteGrant, identityOf, listGrants } from '@millrace/access'
import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import { systemActor } from '@millrace/kernel'
import type { UserRow } from '@millrace/access'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import { accountNamed, directoryOf, modelNamesFor, requireSelfOrAdministrator } from './account.ts'
import { grantOfLevel, levelOf, refOf, resourceOf } from './permission-level.ts'

const grantable = ['READ', 'USE', 'EDIT', 'MANAGE', 'DENY']

/** `experiments/permissions/…`, `registered-models/permissions/…`, and `users/permissions/…` of version 3. */
export const permissionRoutes: readonly Route[] = [
  ...permissionsOn({
    path: 'experiments/permissions',
    thing: ({ message }) => refOf('experiment', text(message, 'experiment_id')),
    say: ({ message }) => `Experiment permission with experiment_id=${text(message, 'experiment_id')}`,
    shape: ({ message }, user, permission) => ({
      experiment_permission: { experiment_id: text(message, 'experiment_id'), user_id: user.number, permission },
    }),
  }),
  ...permissionsOn({
    path: 'registered-models/permissions',
    thing: ({ message }) => refOf('registered_model', text(message, 'name')),
    say: ({ message, context }) =>
      `Registered model permission with workspace=${context.workspace}, name=${text(message, 'name')}`,
    shape: ({ message, context }, user, permission) => ({
      registered_model_permission: {
        workspace: context.workspace,
        name: text(message, 'name'),
        user_id: user.number,
        permission,
      },
    }),
  }),
  route('POST', 'users/permissions/grant', grant, { since: 3 }),
  route('POST', 'users/permissions/revoke', revoke, { since: 3 }),
  route('GET', 'users/permissions/get', effective, { since: 3 }),
  route('GET', 'users/permissions/list', (call) => listed(call, text(call.message, 'username')), { since: 3 }),
  route('GET', 'users/current/permissions', (call) => listed(call, call.context.actor.name), { since: 3 }),
]

interface PermissionKind {
  readonly path: string
  readonly thing: (call: Call) => Ref
  readonly say: (call: Call) => string
  readonly shape: (call: Call, user: UserRow, permission: string) => object
}

/** The four routes of one kind of thing. They are for whoever manages it. */
function permissionsOn({ path, thing, say, shape }: PermissionKind): Route[] {
  const one = async (call: Call) => {
    const on = await requireManages(call, thing(call))
    const user = await accountNamed(call, text(call.message, 'username'))
    return { on, user, there: await grantThere(call, user, on) }
  }
  const missing = (call: Call) =>
    new MlflowError('RESOURCE_DOES_NOT_EXIST', `${say(call)} and username=${text(call.message, 'username')} not found`)
  return [
    route('POST', `${path}/create`, async (call) => {
      const { on, user, there } = await one(call)
      const permission = text(call.message, 'permission')
      const { role, effect } = grantOfLevel(permission)
      if (there !== undefined)
        throw new MlflowError('RESOURCE_ALREADY_EXISTS', `${say(call)} and username=${user.name} already exists.`)
      await setGrant(call, user.id, on, role, effect)
      return shape(call, user, permission)
    }),
    route('GET', `${path}/get`, async (call) => {
      const { user, there } = await one(call)
      if (there === undefined) throw missing(call)
      return shape(call, user, levelOf(there, 'NO_PERMISSIONS'))
    }),
    route('PATCH', `${path}/update`, async (call) => {
      const { on, user, there } = await one(call)
      const { role, effect } = grantOfLevel(text(call.message, 'permission'))
      if (there === undefined) throw missing(call)
      await replaceGrant(call, user.id, on, role, effect)
      return {}
    }),
    route('DELETE', `${path}/delete`, async (call) => {
      const { on, user, there } = await one(call)
      if (there === undefined) throw missing(call)
      await removeGrants(call, user.id, on)
      return {}
    }),
  ]
}

async function grant(call: Call) {
  const { message } = call
  const [type, id] = [text(message, 'resource_type'), text(message, 'resource_id')]
  rejectWorkspace(type)
  const on = await requireManages(call, refOf(type, id))
  const { role, effect } = grantOfLevel(text(message, 'permission'), grantable)
  const user = await accountNamed(call, text(message, 'username'))
  await replaceGrant(call, user.id, on, role, effect)
  return {}
}

async function revoke(call: Call) {
  const { message } = call
  const [type, id] = [text(message, 'resource_type'), text(message, 'resource_id')]
  rejectWorkspace(type)
  const on = await requireManages(call, refOf(type, id))
  const user = await accountNamed(call, text(message, 'username'))
  if ((await removeGrants(call, user.id, on)) === 0)
    throw new MlflowError(
      'RESOURCE_DOES_NOT_EXIST',
      `Permission for username=${user.name} on ${type} '${id}' not found`,
    )
  return {}
}

/** What somebody may do on a thing after all, as the check of a request would find it. */
async function effective(call: Call) {
  const { runtime, context, message } = call
  const [type, id] = [text(message, 'resource_type'), text(message, 'resource_id')]
  rejectWorkspace(type)
  const on = refOf(type, id)
  const user = await accountNamed(call, text(message, 'username'))
  if (user.id !== context.actor.id) await requireManages(call, on)
  const scope = { ...runtime.runner.readScope(context), actor: { id: user.id, kind: user.kind, name: user.name } }
  const may = (permission: string) =>
    runtime.authorize(scope, permission, on).then(
      () => true,
      () => false,
    )
  const ladder = [
    ['MANAGE', 'access:administer'],
    ['EDIT', 'access:write'],
    ['USE', 'access:predict'],
    ['READ', 'access:read'],
  ] as const
  for (const [permission, needed] of ladder) {
    if (await may(needed)) return { allowed: permission !== 'READ', permission }
  }
  return { allowed: false, permission: 'NO_PERMISSIONS' }
}

async function listed(call: Call, username: string) {
  const directory = directoryOf(call)
  const user = await accountNamed(call, username)
  await requireSelfOrAdministrator(call, user)
  const groups = await directory.groups({ userId: user.id })
  const grants = await directory.grantsOf([user.id, ...groups.map((group) => group.id)])
  const names = await modelNamesFor(call, grants)
  const permissions = grants.map((row) => {
    const group = groups.find((one) => one.id === row.user_id)
    return {
      role_id: group?.number ?? 0,
      role_name: group?.name ?? `__user_${user.number}__`,
      workspace: row.workspace,
      ...resourceOf(row, names),
      permission: levelOf(row),
    }
  })
  return { is_admin: (await directory.administrators()).has(user.id), permissions }
}

/** The thing under the id that grants are kept under. Throws unless the caller manages it. */
async function requireManages({ runtime, context }: Call, on: Ref): Promise<Ref> {
  const scope = runtime.runner.readScope(context)
  const place = on.id === '*' ? ref('workspace', context.workspace) : on
  await runtime.authorize(scope, 'access:administer', place)
  return identityOf(runtime.resources, scope, on)
}

async function grantsThere({ runtime, context }: Call, userId: string, on: Ref) {
  const asked = { user: userId, kind: on.kind, id: on.id, limit: 100 }
  return (await runtime.runner.ask(listGrants, asked, { ...context, actor: systemActor('mlflow') })).items
}

async function grantThere(call: Call, user: UserRow, on: Ref) {
  return (await grantsThere(call, user.id, on))[0]
}

/** Gives a role on a thing. The caller was found to manage the thing. */
export async function setGrant(
  { runtime, context }: Pick<Call, 'runtime' | 'context'>,
  userId: string,
  on: Ref,
  role: string,
  effect: 'allow' | 'deny',
): Promise<void> {
  await runtime.runner.act(createGrantOf(runtime.resources), { user: userId, role, on, effect }, context)
}

/** Leaves one grant of somebody on a thing: this one. The new one comes first, so that nobody is without. */
async function replaceGrant(
  call: Call,
  userId: string,
  on: Ref,
  role: string,
  effect: 'allow' | 'deny',
): Promise<void> {
  const before = await grantsThere(call, userId, on)
  await setGrant(call, userId, on, role, effect)
  for (const one of before) if (one.role !== role) await dropGrant(call, one.id)
}

async function removeGrants(call: Call, userId: string, on: Ref): Promise<number> {
  const before = await grantsThere(call, userId, on)
  for (const one of before) await dropGrant(call, one.id)
  return before.length
}

/** Whoever manages a thing may take grants on it back; in our own API that is the workspace's administrator's. */
async function dropGrant({ runtime, context }: Call, id: string): Promise<void> {
  const actor = { ...systemActor('mlflow'), id: context.actor.id, name: context.actor.name }
  await runtime.runner.act(deleteGrant, { id }, { ...context, actor })
}

function rejectWorkspace(type: string): void {
  if (type === 'workspace')
    throw invalid(
      "resource_type 'workspace' is not supported by the per-user permission convenience APIs. Use set_workspace_permission / delete_workspace_permission for workspace-wide grants.",
    )
}

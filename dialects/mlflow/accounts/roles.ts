import type { GrantRow, GroupRow } from '@millrace/access'
import { changeGrant, createGrantOf, deleteGrant, deleteGroup, joinGroup, leaveGroup, putGroup } from '@millrace/access'
import { ref } from '@millrace/contract'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { integer, optionalText, text, texts } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import {
  accountNamed,
  directoryOf,
  groupNumbered,
  modelNamesFor,
  requireAdministrator,
  requireAdministratorOf,
  requireSelfOrAdministrator,
  roleMessages,
  rolePermissionMessage,
} from './account.ts'
import { grantOfLevel, refOf } from './permission-level.ts'

/** `roles/…`: a role of MLflow is a group of ours in its workspace, its permissions are the group's grants. */
export const roleRoutes: readonly Route[] = [
  route('POST', 'roles/create', create, { since: 3 }),
  route('GET', 'roles/get', async (call) => ({ role: await shown(call, await managed(call)) }), { since: 3 }),
  route('GET', 'roles/list', list, { since: 3 }),
  route('PATCH', 'roles/update', update, { since: 3 }),
  route('DELETE', 'roles/delete', remove, { since: 3 }),
  route('POST', 'roles/permissions/add', addPermission, { since: 3 }),
  route('DELETE', 'roles/permissions/remove', removePermission, { since: 3 }),
  route('PATCH', 'roles/permissions/update', updatePermission, { since: 3 }),
  route('GET', 'roles/permissions/list', listPermissions, { since: 3 }),
  route('POST', 'roles/assign', assign, { since: 3 }),
  route('DELETE', 'roles/unassign', unassign, { since: 3 }),
  route('GET', 'users/roles/list', listOfUser, { since: 3 }),
  route('GET', 'roles/users/list', listUsers, { since: 3 }),
]

const within = (call: Call, group: Pick<GroupRow, 'workspace'>) => ({ ...call.context, workspace: group.workspace })

/** The role that a request names; only administrators of its workspace see it. */
async function managed(call: Call): Promise<GroupRow> {
  const group = await groupNumbered(call, integer(call.message, 'role_id'))
  await requireAdministratorOf(call, group.workspace)
  return group
}

async function shown(call: Call, group: GroupRow): Promise<object> {
  return (await roleMessages(call, [group]))[0] ?? {}
}

async function create(call: Call) {
  const { runtime, message } = call
  const [name, workspace] = [text(message, 'name'), text(message, 'workspace')]
  await requireAdministratorOf(call, workspace)
  if ((await directoryOf(call).groups({ workspaces: [workspace] })).some((group) => group.name === name))
    throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Role (name=${name}, workspace=${workspace}) already exists.`)
  const description = optionalText(message, 'description') ?? ''
  const { number } = await runtime.runner.act(putGroup, { name, description }, within(call, { workspace }))
  return { role: await shown(call, await groupNumbered(call, number)) }
}

async function list(call: Call) {
  const workspaces = texts(call.message, 'workspace')
  if (workspaces.length === 0) await requireAdministrator(call)
  for (const workspace of workspaces) await requireAdministratorOf(call, workspace)
  const groups = await directoryOf(call).groups(workspaces.length === 0 ? {} : { workspaces })
  return { roles: await roleMessages(call, groups) }
}

async function update(call: Call) {
  const { runtime, message } = call
  const group = await managed(call)
  const [newName, description] = [optionalText(message, 'name'), optionalText(message, 'description')]
  if (newName === undefined && description === undefined)
    throw invalid("At least one of 'name' or 'description' must be provided to update a role.")
  const changes = { newName: newName ?? group.name, description: description ?? group.description }
  await runtime.runner.act(putGroup, { name: group.name, ...changes }, within(call, group))
  return { role: await shown(call, await groupNumbered(call, group.number)) }
}

async function remove(call: Call) {
  const group = await managed(call)
  await call.runtime.runner.act(deleteGroup, { name: group.name }, within(call, group))
  return {}
}

async function addPermission(call: Call) {
  const { runtime, message } = call
  const group = await managed(call)
  const [type, pattern] = [text(message, 'resource_type'), text(message, 'resource_pattern')]
  const accepted = type === 'workspace' ? ['USE', 'MANAGE'] : ['READ', 'USE', 'EDIT', 'MANAGE', 'DENY']
  const place = refOf(type, pattern)
  const { role, effect } = grantOfLevel(text(message, 'permission'), accepted)
  const on = type === 'workspace' ? ref('workspace', group.workspace) : place
  const before = await directoryOf(call).grantsOf([group.id])
  const made = await runtime.runner.act(
    createGrantOf(runtime.resources),
    { user: group.id, role, on, effect },
    within(call, group),
  )
  if (before.some((grant) => grant.on_kind === made.on.kind && grant.on_id === made.on.id)) {
    if (!before.some((grant) => grant.id === made.id))
      await runtime.runner.act(deleteGrant, { id: made.id }, within(call, group))
    throw new MlflowError(
      'RESOURCE_ALREADY_EXISTS',
      `Role permission (role_id=${group.number}, resource_type=${type}, resource_pattern=${pattern}) already exists.`,
    )
  }
  return { role_permission: await permissionShown(call, made.number, group) }
}

/** The grant that a request names by number, and the group that holds it. */
async function permissionOf(call: Call): Promise<{ grant: GrantRow; group: GroupRow }> {
  const number = integer(call.message, 'role_permission_id')
  const grant = await directoryOf(call).grant(number)
  const groups = grant === undefined ? [] : await directoryOf(call).groups({ workspaces: [grant.workspace] })
  const group = groups.find((one) => one.id === grant?.user_id)
  if (grant === undefined || group === undefined)
    throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Role permission with id=${number} not found`)
  await requireAdministratorOf(call, group.workspace)
  return { grant, group }
}

async function permissionShown(call: Call, number: number, group: GroupRow): Promise<object> {
  const grant = await directoryOf(call).grant(number)
  if (grant === undefined) return {}
  return rolePermissionMessage(grant, group.number, await modelNamesFor(call, [grant]))
}

async function removePermission(call: Call) {
  const { grant, group } = await permissionOf(call)
  await call.runtime.runner.act(deleteGrant, { id: grant.id }, within(call, group))
  return {}
}

async function updatePermission(call: Call) {
  const { grant, group } = await permissionOf(call)
  const { role, effect } = grantOfLevel(text(call.message, 'permission'), ['READ', 'USE', 'EDIT', 'MANAGE', 'DENY'])
  await call.runtime.runner.act(changeGrant, { id: grant.id, role, effect }, within(call, group))
  return { role_permission: await permissionShown(call, grant.number, group) }
}

async function listPermissions(call: Call) {
  const group = await managed(call)
  const grants = await directoryOf(call).grantsOf([group.id])
  const names = await modelNamesFor(call, grants)
  return { role_permissions: grants.map((grant) => rolePermissionMessage(grant, group.number, names)) }
}

async function assign(call: Call) {
  const group = await managed(call)
  const user = await accountNamed(call, text(call.message, 'username'))
  const members = await directoryOf(call).members(group.id)
  if (members.some((member) => member.user_id === user.id))
    throw new MlflowError(
      'RESOURCE_ALREADY_EXISTS',
      `User role assignment (user_id=${user.number}, role_id=${group.number}) already exists`,
    )
  const joined = await call.runtime.runner.act(joinGroup, { name: group.name, user: user.id }, within(call, group))
  return { assignment: { id: joined.number, user_id: user.number, role_id: group.number } }
}

async function unassign(call: Call) {
  const group = await managed(call)
  const user = await accountNamed(call, text(call.message, 'username'))
  const members = await directoryOf(call).members(group.id)
  if (!members.some((member) => member.user_id === user.id))
    throw new MlflowError(
      'RESOURCE_DOES_NOT_EXIST',
      `User role assignment (user_id=${user.number}, role_id=${group.number}) not found`,
    )
  await call.runtime.runner.act(leaveGroup, { name: group.name, user: user.id }, within(call, group))
  return {}
}

async function listOfUser(call: Call) {
  const user = await accountNamed(call, text(call.message, 'username'))
  await requireSelfOrAdministrator(call, user)
  return { roles: await roleMessages(call, await directoryOf(call).groups({ userId: user.id })) }
}

async function listUsers(call: Call) {
  const group = await managed(call)
  const members = await directoryOf(call).members(group.id)
  const users = await directoryOf(call).accountsById(members.map((member) => member.user_id))
  const assignments = members.map((member) => ({
    id: member.number,
    user_id: users.find((user) => user.id === member.user_id)?.number ?? 0,
    role_id: group.number,
  }))
  return { assignments }
}

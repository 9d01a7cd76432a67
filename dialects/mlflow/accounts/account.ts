import type { GrantRow, GroupRow, UserRow } from '@millrace/access'
import { directory } from '@millrace/access'
import { ref } from '@millrace/contract'
import type { Call } from '../wire/scope.ts'
import { MlflowError } from '../wire/mlflow-error.ts'
import { levelOf, resourceOf } from './permission-level.ts'
import type { ModelNames } from './permission-level.ts'

/** Accounts and groups of the server as the caller's request may read them. */
export function directoryOf({ runtime, context }: Pick<Call, 'runtime' | 'context'>) {
  return directory(runtime.runner.readScope(context).db)
}

/** An account by its name. Throws MLflow's sentence for one that is not there. */
export async function accountNamed(call: Call, name: string): Promise<UserRow> {
  const account = await directoryOf(call).account(name)
  if (account !== undefined) return account
  throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `User with username=${name} not found`)
}

/** A role of MLflow is a group of ours, known by its number. Throws MLflow's sentence for one that is not there. */
export async function groupNumbered(call: Call, number: number): Promise<GroupRow> {
  const [group] = await directoryOf(call).groups({ number })
  if (group !== undefined) return group
  throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Role with id=${number} not found`)
}

/** Throws unless the caller is this account or administers the server. */
export async function requireSelfOrAdministrator(call: Call, account: Pick<UserRow, 'id'>): Promise<void> {
  if (call.context.actor.id !== account.id) await requireAdministrator(call)
}

/** Throws unless the caller administers the server. */
export async function requireAdministrator({ runtime, context }: Call): Promise<void> {
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, 'access:administer', ref('server', 'server'))
}

/** Throws unless the caller administers a workspace (or the server). */
export async function requireAdministratorOf({ runtime, context }: Call, workspace: string): Promise<void> {
  const scope = runtime.runner.readScope({ ...context, workspace })
  await runtime.authorize(scope, 'access:administer', ref('workspace', workspace))
}

export function userMessage(user: UserRow, administrators: ReadonlySet<string>) {
  return { id: user.number, username: user.name, is_admin: administrators.has(user.id) }
}

export function roleMessage(group: GroupRow, grants: readonly GrantRow[], names: ModelNames) {
  const permissions = grants.filter((grant) => grant.user_id === group.id)
  return {
    id: group.number,
    name: group.name,
    workspace: group.workspace,
    description: group.description === '' ? null : group.description,
    permissions: permissions.map((grant) => rolePermissionMessage(grant, group.number, names)),
  }
}

export function rolePermissionMessage(grant: GrantRow, roleNumber: number, names: ModelNames) {
  return { id: grant.number, role_id: roleNumber, ...resourceOf(grant, names), permission: levelOf(grant) }
}

/** Groups with what they were given. */
export async function roleMessages(call: Call, groups: readonly GroupRow[]): Promise<object[]> {
  const grants = await directoryOf(call).grantsOf(groups.map((group) => group.id))
  const names = await modelNamesFor(call, grants)
  return groups.map((group) => roleMessage(group, grants, names))
}

/** The present names of the models that grants are on. */
export async function modelNamesFor({ runtime, context }: Call, grants: readonly GrantRow[]): Promise<ModelNames> {
  const { namesOfModels } = await import('@millrace/model-registry')
  const found = new Map<string, string>()
  const byWorkspace = Map.groupBy(
    grants.filter((grant) => grant.on_kind === 'model'),
    (grant) => grant.workspace,
  )
  for (const [workspace, rows] of byWorkspace) {
    const ids = [...new Set(rows.map((row) => row.on_id))]
    const names = await namesOfModels(runtime.runner.readScope({ ...context, workspace }), ids)
    for (const [id, name] of names) found.set(id, name)
  }
  return found
}

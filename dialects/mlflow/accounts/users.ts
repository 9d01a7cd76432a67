import {
  addAccount,
  changeOwnPassword,
  disableUser,
  hashPassword,
  keepPassword,
  setAdministrator,
} from '@millrace/access'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { flag, optionalText, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import {
  accountNamed,
  directoryOf,
  requireAdministrator,
  requireSelfOrAdministrator,
  roleMessages,
  userMessage,
} from './account.ts'
import { levelOf, resourceOf } from './permission-level.ts'
import { modelNamesFor } from './account.ts'

/** `users/…` of the application basic-auth. Accounts live in the workspace `default`. */
export const userRoutes: readonly Route[] = [
  route('POST', 'users/create', create),
  route('GET', 'users/get', async (call) => {
    const user = await accountNamed(call, text(call.message, 'username'))
    await requireSelfOrAdministrator(call, user)
    return {
      user: {
        ...userMessage(user, await directoryOf(call).administrators()),
        ...(await permissionLists(call, user.id)),
      },
    }
  }),
  route('GET', 'users/list', list),
  route('GET', 'users/current', async (call) => {
    const { actor } = call.context
    const [user] = await directoryOf(call).accountsById([actor.id])
    const administrators = await directoryOf(call).administrators()
    const shown =
      user === undefined ? { id: 0, username: actor.name, is_admin: true } : userMessage(user, administrators)
    return { user: shown, is_basic_auth: true }
  }),
  route('PATCH', 'users/update-password', updatePassword),
  route('PATCH', 'users/update-admin', updateAdmin),
  route('DELETE', 'users/delete', remove),
]

async function create(call: Call) {
  const { runtime, context, message } = call
  const [username, password] = [text(message, 'username'), text(message, 'password')]
  requireLong(password)
  if ((await directoryOf(call).account(username)) !== undefined)
    throw new MlflowError('RESOURCE_ALREADY_EXISTS', `User (username=${username}) already exists.`)
  const hash = await hashPassword(password)
  const made = await runtime.runner.act(addAccount, { name: username, hash }, { ...context, workspace: 'default' })
  const lists = { experiment_permissions: [], registered_model_permissions: [], scorer_permissions: [] }
  return { user: { id: made.number, username, is_admin: false, ...lists } }
}

async function list(call: Call) {
  const directory = directoryOf(call)
  await requireAdministrator(call)
  const [users, administrators] = [await directory.accounts(), await directory.administrators()]
  const shown = []
  for (const user of users) {
    const roles = await roleMessages(call, await directory.groups({ userId: user.id }))
    shown.push({ ...userMessage(user, administrators), roles })
  }
  return { users: shown }
}

async function updatePassword(call: Call) {
  const { runtime, context, message, request } = call
  const user = await accountNamed(call, text(message, 'username'))
  const password = text(message, 'password')
  if (context.actor.id === user.id) {
    const current = optionalText(message, 'current_password') ?? ''
    if (current === '') throw invalid('Current password is required when changing your own password.')
    requireLong(password)
    await changeOwnPassword(runtime, user, { current, password }, request.ip)
    return {}
  }
  await requireAdministrator(call)
  requireLong(password)
  await runtime.runner.act(keepPassword, { userId: user.id, hash: await hashPassword(password) }, context)
  return {}
}

async function updateAdmin(call: Call) {
  const { runtime, context, message } = call
  const user = await accountNamed(call, text(message, 'username'))
  const administrator = flag(message, 'is_admin') ?? false
  await runtime.runner.act(setAdministrator, { id: user.id, administrator }, { ...context, workspace: 'default' })
  return {}
}

async function remove(call: Call) {
  const { runtime, context, message } = call
  const user = await accountNamed(call, text(message, 'username'))
  if (user.id === context.actor.id)
    throw new MlflowError(
      'BAD_REQUEST',
      'Users cannot delete their own account. Ask another admin to delete this user instead.',
    )
  await runtime.runner.act(disableUser, { id: user.id, forget: true }, { ...context, workspace: 'default' })
  return {}
}

/** What older clients look for in a user: its own permissions by kind. */
async function permissionLists(call: Call, userId: string) {
  const grants = await directoryOf(call).grantsOf([userId])
  const names = await modelNamesFor(call, grants)
  const [user] = await directoryOf(call).accountsById([userId])
  const of = (type: string) =>
    grants
      .map((grant) => ({
        ...resourceOf(grant, names),
        level: levelOf(grant, 'NO_PERMISSIONS'),
        workspace: grant.workspace,
      }))
      .filter((row) => row.resource_type === type && row.resource_pattern !== '*')
  const number = user?.number ?? 0
  return {
    experiment_permissions: of('experiment').map((row) => ({
      experiment_id: row.resource_pattern,
      user_id: number,
      permission: row.level,
    })),
    registered_model_permissions: of('registered_model').map((row) => ({
      workspace: row.workspace,
      name: row.resource_pattern,
      user_id: number,
      permission: row.level,
    })),
    scorer_permissions: [],
  }
}

function requireLong(password: string): void {
  if (password.length < 12) throw invalid('Password must be at least 12 characters.')
}

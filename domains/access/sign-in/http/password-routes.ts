import type { Runtime } from '@millrace/kernel'
import { callContextOf, parseInput } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { accessProblem, changePassword, setPassword } from '../../contract.ts'
import { accessStore } from '../../store/access-store.ts'
import { requireNotAbove } from '../../store/administrators.ts'
import type { UserRow } from '../../store/users.ts'
import { keepPassword } from '../actions/passwords.ts'
import { accountOf } from '../actions/sessions.ts'
import { hashPassword } from './password-hash.ts'
import { currentSession } from './current-session.ts'
import { passwordVerifierOf } from './verify-password.ts'

/** `PUT …/users/{id}/password` and `PUT …/me/password`. */
export function routePasswords(app: FastifyInstance, runtime: Runtime): void {
  const byAdministrator = async (request: FastifyRequest) => {
    const context = await callContextOf(runtime, request)
    const input = parseInput(setPassword, { ...bodyOf(request), ...paramsOf(request) })
    const scope = runtime.runner.readScope(context)
    await runtime.authorize(scope, setPassword.needs.permission, { kind: 'workspace', id: context.workspace })
    const user = await accessStore(scope.db, context.workspace).users.find(input.id)
    if (user === undefined) throw accessProblem['no-such-user']({ user: input.id })
    await requireNotAbove(scope.db, context.actor, user)
    const hash = await hashPassword(input.password)
    return runtime.runner.act(keepPassword, { userId: user.id, hash }, context)
  }
  const byOneself = async (request: FastifyRequest) => {
    const context = await callContextOf(runtime, request)
    const input = parseInput(changePassword, bodyOf(request))
    const scope = runtime.runner.readScope(context)
    await runtime.authorize(scope, changePassword.needs.permission, { kind: 'self', id: 'self' })
    const user = await accessStore(scope.db, context.workspace).users.findAnywhere(accountOf(context.actor))
    if (user === undefined) throw accessProblem['no-account']({})
    const session = await currentSession(runtime, request)
    await changeOwnPassword(runtime, user, input, request.ip, session?.sessionId)
    return {}
  }
  const base = '/api/millrace/v1/w/:workspace'
  app.route({ method: 'PUT', url: `${base}/users/:id/password`, handler: byAdministrator })
  app.route({ method: 'PUT', url: `${base}/me/password`, handler: byOneself })
}

/** Changes the password of somebody who knows the present one; `keepSession` goes on, other sessions end. */
export async function changeOwnPassword(
  runtime: Runtime,
  user: Pick<UserRow, 'id' | 'name' | 'workspace'>,
  { current, password }: { readonly current: string; readonly password: string },
  address: string,
  keepSession?: string,
): Promise<void> {
  const attempt = { workspace: user.workspace, name: user.name, password: current, address }
  // A guesser with a stolen session is slowed down like one at the door.
  await passwordVerifierOf(runtime.database, runtime.nowMs)
    .verify(attempt)
    .catch((error: unknown) => {
      throw accessProblem['wrong-password'].is(error) ? accessProblem['wrong-current-password']({}) : error
    })
  if (current === password) throw accessProblem['same-password']({})
  const hash = await hashPassword(password)
  await runtime.runner.act(
    keepPassword,
    { userId: user.id, hash, ...(keepSession === undefined ? {} : { keepSession }) },
    { actor: { id: user.id, kind: 'user', name: user.name }, workspace: user.workspace },
  )
}

function bodyOf(request: FastifyRequest): object {
  const { body } = request
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
}

function paramsOf(request: FastifyRequest): object {
  return typeof request.params === 'object' && request.params !== null ? request.params : {}
}

import { randomBytes } from 'node:crypto'
import type { Actor, Runtime } from '@millrace/kernel'
import { parseInput, sessionCookie, systemActor } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { needsAccounts } from '../../http/authenticate.ts'
import { signIn } from '../../contract.ts'
import { isLoopback } from '../../model/loopback.ts'
import { rotateSession } from '../../store/sessions.ts'
import { hashOf } from '../../store/tokens.ts'
import { endSession, openSession } from '../actions/sessions.ts'
import { rotateAfterMs } from '../model/session-times.ts'
import type { CurrentSession } from './current-session.ts'
import { currentSession } from './current-session.ts'
import { writeCookie } from './session-cookie.ts'
import { passwordVerifierOf } from './verify-password.ts'

/** `POST`, `GET` and `DELETE` of `/api/millrace/v1/session`. */
export function routeSessions(app: FastifyInstance, runtime: Runtime): void {
  const path = '/api/millrace/v1/session'
  app.post(path, async (request, reply) => {
    const { name, password, workspace } = parseInput(signIn, request.body)
    const verifier = passwordVerifierOf(runtime.database, runtime.nowMs)
    const { userId, userName } = await verifier.verify({ workspace, name, password, address: request.ip })
    const expiresAtMs = await startSession(runtime, request, reply, { userId, method: 'password' })
    return { user: { id: userId, name: userName }, expiresAtMs }
  })
  app.get(path, async (request, reply) => {
    const session = await currentSession(runtime, request)
    if (session !== undefined) await rotateWhenOld(runtime, request, reply, session)
    return {
      user: session === undefined ? null : { id: session.userId, name: session.userName },
      expiresAtMs: session?.expiresAtMs ?? null,
      sessionId: session?.sessionId ?? null,
      methods: methodsOf(runtime),
    }
  })
  app.delete(path, async (request, reply) => {
    const session = await currentSession(runtime, request)
    if (session !== undefined) {
      const actor: Actor = { id: session.userId, kind: session.kind, name: session.userName }
      await runtime.runner.act(
        endSession,
        { id: session.sessionId },
        { actor, workspace: 'default', requestId: request.id },
      )
    }
    clearSession(runtime, request, reply)
    return {}
  })
}

/** Opens a session for somebody whose identity was checked, and gives the browser its secret. Resolves to when it ends. */
export async function startSession(
  runtime: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
  { userId, method }: { readonly userId: string; readonly method: 'password' | 'oidc' },
): Promise<number> {
  // A session that was there before ends: its secret may be known to whoever put it there.
  const before = await currentSession(runtime, request)
  if (before !== undefined) {
    const actor: Actor = { id: before.userId, kind: before.kind, name: before.userName }
    await runtime.runner.act(
      endSession,
      { id: before.sessionId },
      { actor, workspace: 'default', requestId: request.id },
    )
  }
  const secret = newSessionSecret()
  const expiresAtMs = runtime.nowMs() + runtime.config.sessionMaxHours * 3_600_000
  const client = (request.headers['user-agent'] ?? '').slice(0, 300)
  await runtime.runner.act(
    openSession,
    { userId, hash: hashOf(secret), method, client, expiresAtMs },
    { actor: systemActor('access'), workspace: 'default', requestId: request.id },
  )
  keepSession(runtime, request, reply, secret, expiresAtMs)
  return expiresAtMs
}

async function rotateWhenOld(
  runtime: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
  session: CurrentSession,
): Promise<void> {
  const nowMs = runtime.nowMs()
  if (nowMs - session.rotatedAtMs < rotateAfterMs || session.hash !== session.secretHash) return
  const secret = newSessionSecret()
  const rotated = await runtime.database.write((tx) =>
    rotateSession(tx, session.sessionId, session.hash, hashOf(secret), nowMs),
  )
  if (rotated) keepSession(runtime, request, reply, secret, session.expiresAtMs)
}

function methodsOf({ config }: Runtime): string[] {
  const open = !needsAccounts(config) && isLoopback(config.host)
  const oidc = config.oidcIssuer !== undefined && config.oidcClientId !== undefined
  return [...(open ? ['local'] : []), 'password', ...(oidc ? ['oidc'] : []), 'token']
}

function keepSession(
  runtime: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
  secret: string,
  expiresAtMs: number,
): void {
  const maxAge = Math.max(1, Math.floor((expiresAtMs - runtime.nowMs()) / 1000))
  writeCookie(request, reply, sessionCookie, secret, { path: pathOf(runtime), maxAge })
}

function clearSession(runtime: Runtime, request: FastifyRequest, reply: FastifyReply): void {
  writeCookie(request, reply, sessionCookie, '', { path: pathOf(runtime), maxAge: 0 })
}

const pathOf = ({ config }: Runtime) => `${config.basePath}/`

const newSessionSecret = () => `mls_${randomBytes(32).toString('hex')}`

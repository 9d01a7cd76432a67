import type { Runtime } from '@millrace/kernel'
import type { FastifyRequest } from 'fastify'
import type { SessionHolder } from '../../store/sessions.ts'
import { sessionHolderOf } from '../../store/sessions.ts'
import { hashOf } from '../../store/tokens.ts'
import { standingOf } from '../model/session-times.ts'
import { sessionSecretOf } from './session-cookie.ts'

/** The open session that a request carries, and whether its secret is the present one. */
export interface CurrentSession extends SessionHolder {
  readonly secretHash: string
}

/** Finds the open session of a request; undefined without one. */
export async function currentSession(runtime: Runtime, request: FastifyRequest): Promise<CurrentSession | undefined> {
  const secret = sessionSecretOf(request.headers)
  if (secret === undefined || request.headers.authorization !== undefined) return undefined
  const secretHash = hashOf(secret)
  const holder = await sessionHolderOf(runtime.database.reader, secretHash)
  if (holder === undefined) return undefined
  const idleMs = runtime.config.sessionIdleMinutes * 60_000
  const standing = standingOf(holder, holder.hash !== secretHash, idleMs, runtime.nowMs())
  return standing === 'open' ? { ...holder, secretHash } : undefined
}

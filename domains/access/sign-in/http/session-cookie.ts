import type { IncomingHttpHeaders } from 'node:http'
import { sessionCookie } from '@millrace/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The secret of the session that a browser's headers carry. */
export function sessionSecretOf(headers: IncomingHttpHeaders): string | undefined {
  return cookieOf(headers, sessionCookie)
}

/** The value of one cookie. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const { cookie } = headers
  if (cookie === undefined || !cookie.includes(name)) return undefined
  const found = cookie.split(';').find((part) => part.trimStart().startsWith(`${name}=`))
  const value = found?.slice(found.indexOf('=') + 1).trim()
  return value === '' ? undefined : value
}

/** How a cookie is kept. */
export interface CookieOptions {
  readonly path: string
  /** Seconds; 0 takes it back. */
  readonly maxAge: number
}

/** Writes a cookie that no script reads and no other site's form sends; over HTTPS it never leaves HTTPS. */
export function writeCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  value: string,
  { path, maxAge }: CookieOptions,
): void {
  const secure = request.protocol === 'https' ? '; Secure' : ''
  reply.header('set-cookie', `${name}=${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`)
}

import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { kernelProblem } from '../actions/kernel-problems.ts'
import type { Config } from '../config/config.ts'
import { isAllowedOrigin } from './cross-origin.ts'

/** What load balancers ask, by whatever name they know us. */
const probes: ReadonlySet<string> = new Set(['/health', '/livez', '/readyz', '/version'])

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

/** Throws `kernel/host-not-allowed` for a Host this server does not answer for: a page that rebinds its name to us gets nothing. */
export function requireAllowedHost(config: Config, request: FastifyRequest): void {
  const host = hostName(request.host)
  if (loopbackNames.has(host) || host === config.host || config.allowedHosts.some((one) => matches(one, host))) return
  // A page can make a name point at us, never a number: who sends a number has typed one.
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || probes.has(request.url.slice(config.basePath.length))) return
  throw kernelProblem['host-not-allowed']({ host })
}

/** The cookie that holds the secret of a browser's session. */
export const sessionCookie = 'millrace_session'

/** What our pages send with each write, with any value: a page of elsewhere cannot add it without being asked first. */
export const pageHeader = 'x-millrace-page'

/**
 * Throws `kernel/origin-not-allowed` when a page of elsewhere tries to write, and `kernel/page-header-missing` when a
 * browser's session is to write without our header. Clients that are no browsers send neither Origin nor a session.
 */
export function requireOwnOrigin(config: Config, request: FastifyRequest): void {
  const { origin } = request.headers
  if (request.method === 'GET' || request.method === 'HEAD') return
  requirePageHeader(request)
  if (origin === undefined) return
  const host = originHost(origin)
  const named = host !== undefined && config.allowedHosts.some((one) => one !== '*' && matches(one, hostName(host)))
  const own = host === request.host || named || isAllowedOrigin(config, origin)
  if (!own) throw kernelProblem['origin-not-allowed']({ origin: origin.slice(0, 200) })
}

function requirePageHeader({ headers }: FastifyRequest): void {
  const bySession = headers.authorization === undefined && headers.cookie?.includes(`${sessionCookie}=`) === true
  const fromElsewhere = headers['sec-fetch-site'] === 'cross-site'
  if (bySession && (headers[pageHeader] === undefined || fromElsewhere)) throw kernelProblem['page-header-missing']({})
}

/** True for a host that a setting names; `*` stands for any part of it, and a port is nobody's concern. */
function matches(allowed: string, host: string): boolean {
  const name = hostName(allowed)
  if (!name.includes('*')) return name === host
  const parts = name.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`).test(host)
}

/** Without its port: `localhost:7400` → `localhost`. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host
  } catch {
    return undefined
  }
}

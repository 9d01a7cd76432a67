import type { FastifyRequest } from 'fastify'
import { kernelProblem } from '../actions/kernel-problems.ts'
import type { Config } from '../config/config.ts'

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

/** Throws `kernel/host-not-allowed` for a Host this server does not answer for: a page that rebinds its name to us gets nothing. */
export function requireAllowedHost(config: Config, request: FastifyRequest): void {
  const host = hostName(request.host)
  if (loopbackNames.has(host) || host === config.host || config.allowedHosts.includes(host)) return
  if (config.allowedHosts.includes('*') || /^127\.\d+\.\d+\.\d+$/.test(host)) return
  throw kernelProblem['host-not-allowed']({ host })
}

/** Throws `kernel/origin-not-allowed` when a page of elsewhere tries to write. Clients that are no browsers send no Origin. */
export function requireOwnOrigin(config: Config, request: FastifyRequest): void {
  const origin = request.headers.origin
  if (origin === undefined || request.method === 'GET' || request.method === 'HEAD') return
  const host = originHost(origin)
  const own = host !== undefined && (host === request.host || config.allowedHosts.includes(hostName(host)))
  if (!own) throw kernelProblem['origin-not-allowed']({ origin: origin.slice(0, 200) })
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

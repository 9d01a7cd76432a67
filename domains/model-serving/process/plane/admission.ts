import type { IncomingMessage } from 'node:http'
import { Problem } from '@millrace/contract'
import type { Admitted, Caller } from '../../model/plane-snapshot.ts'
import { callerHeader, forwardHeader } from '../../model/plane-snapshot.ts'
import { planeProblem } from './plane-problems.ts'

/** Asks control whether a caller may predict on an endpoint, and by what name its requests are counted. */
export type AskControl = (
  caller: Caller,
  endpoint: { readonly workspace: string; readonly id: string },
) => Promise<Admitted>

/** How long an answer of control is believed: a revoked token works this much longer, at most. */
const believedMs = 2000
const mostKept = 10_000
const tellingHeaders = ['authorization', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']

/** Who may predict: control's word, kept for two seconds, so that a caller costs it one question and not one per request. */
export interface Admission {
  /** The caller's name, '' where it has none; a promise where control is asked first. Rejects with the Problem that control gave. */
  admit(
    request: Pick<IncomingMessage, 'headers' | 'socket'>,
    endpoint: { readonly workspace: string; readonly id: string },
  ): string | Promise<string>
}

interface Known {
  readonly answer: Promise<Admitted>
  readonly untilMs: number
  /** Set once the answer was yes. */
  caller?: string
}

/** Makes it. `forwardSecret` is what control adds to requests that it has admitted itself. */
export function createAdmission(options: {
  readonly ask: AskControl
  readonly forwardSecret: string
  readonly nowMs: () => number
}): Admission {
  const known = new Map<string, Known>()
  return {
    admit: (request, endpoint) => {
      const { headers } = request
      if (headers[forwardHeader] === options.forwardSecret) return textOf(headers[callerHeader])
      const key = keyOf(request, endpoint.id)
      const found = known.get(key)
      if (found !== undefined && found.untilMs > options.nowMs()) return found.caller ?? callerIn(found.answer)
      if (known.size >= mostKept) known.clear()
      const answer = options.ask(callerOf(request), endpoint)
      const entry: Known = { answer, untilMs: options.nowMs() + believedMs }
      known.set(key, entry)
      void answer.then(
        ({ refusal, caller = '' }) => void (refusal === undefined && (entry.caller = caller)),
        () => known.delete(key),
      )
      return callerIn(answer)
    },
  }
}

/** All that control is told about, in one text; endpoint ids are unique over workspaces. */
function keyOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, endpointId: string): string {
  let key = `${endpointId}\n${socket.remoteAddress ?? ''}`
  for (let at = 0; at < tellingHeaders.length; at += 1) {
    const value = headers[tellingHeaders[at] ?? '']
    if (value !== undefined) key += `\n${at}${String(value)}`
  }
  return key
}

async function callerIn(answer: Promise<Admitted>): Promise<string> {
  const { refusal, caller = '' } = await answer
  if (refusal !== undefined) throw new Problem('model-serving/plane/refused', refusal.status, refusal.sentence)
  return caller
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** Who sends a request, as control asks for it. */
export function callerOf(request: Pick<IncomingMessage, 'headers' | 'socket'>): Caller {
  const headers: Record<string, string> = {}
  for (const name of tellingHeaders) {
    const value = request.headers[name]
    if (typeof value === 'string') headers[name] = name === 'authorization' ? ownCredential(value) : value
    if (headers[name] === '') delete headers[name]
  }
  return { headers, remoteAddress: request.socket.remoteAddress ?? '' }
}

/** AWS's SDKs sign with whatever keys they have: an access key that is a token of ours counts as one, anything else as none. */
function ownCredential(authorization: string): string {
  if (!authorization.startsWith('AWS4-HMAC-SHA256')) return authorization
  const [, token] = /^AWS4-HMAC-SHA256 Credential=(mlr_[^/,\s]+)\//.exec(authorization) ?? []
  return token === undefined ? '' : `Bearer ${token}`
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

interface Own {
  readonly host: string
  readonly allowedHosts: readonly string[]
}

// Most requests name the same host as the one before.
let lastOwnHost: string | undefined
let lastOwn: Own | undefined

/** Throws `host-not-allowed` and `origin-not-allowed`: a page that rebinds its name, or one of elsewhere, predicts nothing here. */
export function requireOwnPage(request: IncomingMessage, own: Own): void {
  const host = request.headers.host ?? ''
  if (host !== lastOwnHost || own !== lastOwn) {
    if (!isOwnName(nameOf(host), own)) throw planeProblem['host-not-allowed']({ host: nameOf(host) })
    lastOwnHost = host
    lastOwn = own
  }
  const { origin } = request.headers
  if (origin === undefined || request.method === 'GET') return
  const from = hostOf(origin)
  if (from !== undefined && (from === host || own.allowedHosts.includes(nameOf(from)))) return
  throw planeProblem['origin-not-allowed']({ origin: origin.slice(0, 200) })
}

function isOwnName(name: string, { host, allowedHosts }: Own): boolean {
  if (loopbackNames.has(name) || name === host || /^127\.\d+\.\d+\.\d+$/.test(name)) return true
  return allowedHosts.includes(name) || allowedHosts.includes('*')
}

/** Without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

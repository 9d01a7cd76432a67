import type { IncomingMessage } from 'node:http'
import { Problem } from '@millrace/contract'
import type { Caller, Refusal } from '../../model/plane-snapshot.ts'
import { forwardHeader } from '../../model/plane-snapshot.ts'
import { planeProblem } from './plane-problems.ts'

/** Asks control whether a caller may predict on an endpoint; undefined means yes. */
export type AskControl = (
  caller: Caller,
  endpoint: { readonly workspace: string; readonly id: string },
) => Promise<Refusal | undefined>

/** How long an answer of control is believed: a revoked token works this much longer, at most. */
const believedMs = 2000
const mostKept = 10_000
const tellingHeaders = ['authorization', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']

/** Who may predict: control's word, kept for two seconds, so that a caller costs it one question and not one per request. */
export interface Admission {
  /** Resolves when the request may go on. Rejects with the Problem that control gave. */
  admit(
    request: IncomingMessage,
    endpoint: { readonly workspace: string; readonly id: string },
  ): Promise<void> | undefined
}

/** Makes it. `forwardSecret` is what control adds to requests that it has admitted itself. */
export function createAdmission(options: {
  readonly ask: AskControl
  readonly forwardSecret: string
  readonly nowMs: () => number
}): Admission {
  const known = new Map<
    string,
    { readonly answer: Promise<Refusal | undefined>; readonly untilMs: number; settled?: 'yes' }
  >()
  return {
    admit: (request, endpoint) => {
      if (request.headers[forwardHeader] === options.forwardSecret) return undefined
      const caller = callerOf(request)
      const key = JSON.stringify([endpoint.workspace, endpoint.id, caller])
      const found = known.get(key)
      if (found !== undefined && found.untilMs > options.nowMs()) {
        return found.settled === 'yes' ? undefined : refuseIf(found.answer)
      }
      if (known.size >= mostKept) known.clear()
      const answer = options.ask(caller, endpoint)
      const entry: { answer: typeof answer; untilMs: number; settled?: 'yes' } = {
        answer,
        untilMs: options.nowMs() + believedMs,
      }
      known.set(key, entry)
      void answer.then(
        (refusal) => void (refusal === undefined && (entry.settled = 'yes')),
        () => known.delete(key),
      )
      return refuseIf(answer)
    },
  }
}

async function refuseIf(answer: Promise<Refusal | undefined>): Promise<void> {
  const refusal = await answer
  if (refusal !== undefined) throw new Problem('model-serving/plane/refused', refusal.status, refusal.sentence)
}

function callerOf(request: IncomingMessage): Caller {
  const headers: Record<string, string> = {}
  for (const name of tellingHeaders) {
    const value = request.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  return { headers, remoteAddress: request.socket.remoteAddress ?? '' }
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

interface Own {
  readonly host: string
  readonly allowedHosts: readonly string[]
}

/** Throws `host-not-allowed` and `origin-not-allowed`: a page that rebinds its name, or one of elsewhere, predicts nothing here. */
export function requireOwnPage(request: IncomingMessage, own: Own): void {
  const host = request.headers.host ?? ''
  if (!isOwnName(nameOf(host), own)) throw planeProblem['host-not-allowed']({ host: nameOf(host) })
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

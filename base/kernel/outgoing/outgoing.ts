/** Requests to addresses that users choose: the safe way out of this server. */
import { lookup as lookUpName } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { request as requestHttp } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { isPublicAddress } from './address.ts'
import { outgoingProblem } from './outgoing-problem.ts'

export { isPublicAddress } from './address.ts'
export { outgoingProblem } from './outgoing-problem.ts'

export interface OutgoingRules {
  /** Schemes without their colon: `https`, `http`. */
  readonly schemes: readonly string[]
  readonly privateAddresses: boolean
  /** Longest a request may take from its start to the last byte that is read. */
  readonly timeoutMs: number
  /** All addresses of a name; default the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>
}

export interface OutgoingRequest {
  readonly url: string
  readonly method?: 'POST' | 'PUT' | 'GET'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What came back. `body` is at most its first 64 KiB. */
export interface OutgoingAnswer {
  readonly status: number
  readonly body: string
  /** `Retry-After` in seconds, where it was a number. */
  readonly retryAfterSeconds?: number
}

export interface Outgoing {
  /** Throws `outgoing/…` where nothing may be sent there: a bad address, another scheme, a name that means a private address or none. */
  check(url: string): Promise<void>
  /**
   * Sends one request to the very address that was checked, follows no redirect, reads no more than 64 KiB. Throws what
   * `check` throws, and `outgoing/failed`.
   */
  send(request: OutgoingRequest): Promise<OutgoingAnswer>
}

const maximumBytes = 64 * 1024
const resolveTimeoutMs = 5000

/** Makes a client that keeps to these rules. */
export function createOutgoing(rules: OutgoingRules): Outgoing {
  return {
    check: async (url) => {
      const { host } = named(url, rules)
      // Where any address is allowed, the name may come to mean one later.
      if (!rules.privateAddresses) await publicAddresses(host, rules)
    },
    send: async (request) => {
      const { url, host } = named(request.url, rules)
      const addresses = await publicAddresses(host, rules)
      return exchange({ url, addresses }, request, rules.timeoutMs)
    },
  }
}

interface Target {
  readonly url: URL
  readonly addresses: readonly LookupAddress[]
}

function named(text: string, rules: OutgoingRules): { url: URL; host: string } {
  const url = urlOf(text)
  const scheme = url.protocol.slice(0, -1)
  if (!rules.schemes.includes(scheme) || (scheme !== 'http' && scheme !== 'https'))
    throw outgoingProblem['scheme-refused']({ scheme, allowed: rules.schemes.join(', ') })
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '') throw outgoingProblem['bad-address']({ url: text.slice(0, 300), reason: 'it names no host' })
  return { url, host }
}

async function publicAddresses(host: string, rules: OutgoingRules): Promise<readonly LookupAddress[]> {
  const addresses = await addressesOf(host, rules)
  const inner = addresses.find(({ address }) => !isPublicAddress(address))
  if (inner !== undefined && !rules.privateAddresses)
    throw outgoingProblem['private-address']({ host, address: inner.address })
  return addresses
}

function urlOf(text: string): URL {
  const bad = (reason: string) => outgoingProblem['bad-address']({ url: text.slice(0, 300), reason })
  if (text.length > 4096) throw bad('it is longer than 4096 characters')
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f\\]/.test(text)) throw bad('it holds a space, a backslash or a control character')
  if (!URL.canParse(text)) throw bad('it cannot be read')
  const url = new URL(text)
  // A name and password in an address would land in logs; they belong into a secret.
  if (url.username !== '' || url.password !== '') throw bad('it holds a name or a password')
  return url
}

async function addressesOf(host: string, rules: OutgoingRules): Promise<readonly LookupAddress[]> {
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  const resolve = rules.resolve ?? ((name: string) => promisify(lookUpName)(name, { all: true }))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within 5 seconds')), resolveTimeoutMs)
  })
  try {
    const found = await Promise.race([resolve(host), late])
    if (found.length === 0) throw new Error('it has no address')
    return found
  } catch (error) {
    throw outgoingProblem.unresolved({ host, reason: reasonOf(error) }, error)
  } finally {
    clearTimeout(timer)
  }
}

function exchange(target: Target, request: OutgoingRequest, timeoutMs: number): Promise<OutgoingAnswer> {
  const { url, addresses } = target
  const body = request.body === undefined ? undefined : Buffer.from(request.body)
  const failed = (error: unknown) => outgoingProblem.failed({ host: url.host, reason: reasonOf(error) }, error)
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      method: request.method ?? 'POST',
      headers: { ...request.headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
      // The name is not asked for again: between the check and the connection it could mean another machine.
      lookup: pinnedTo(addresses),
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    }
    try {
      const send = url.protocol === 'https:' ? requestHttps : requestHttp
      const sent = send(url, options, (answer) => {
        readAnswer(answer).then(resolve, (error: unknown) => reject(failed(error)))
      })
      sent.on('error', (error) => reject(failed(error)))
      sent.end(body)
    } catch (error) {
      reject(failed(error))
    }
  })
}

function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses
    if (options.all === true) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family ?? 4)
  }
}

async function readAnswer(answer: IncomingMessage): Promise<OutgoingAnswer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer) {
    const chunk = part as Buffer // no encoding was set
    parts.push(chunk.subarray(0, maximumBytes - bytes))
    bytes += chunk.length
    if (bytes >= maximumBytes) break
  }
  answer.destroy()
  const after = Number(answer.headers['retry-after'])
  return {
    status: answer.statusCode ?? 0,
    body: Buffer.concat(parts).toString('utf8'),
    ...(Number.isFinite(after) && after >= 0 ? { retryAfterSeconds: after } : {}),
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time'
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message
  return error instanceof Error ? error.message : String(error)
}

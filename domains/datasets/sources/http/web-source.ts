import type { IncomingMessage } from 'node:http'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Problem } from '@millrace/contract'
import { problem } from '../../contract.ts'
import { guardedLookup, refusePrivateHost } from './guarded-lookup.ts'
import type { Source, SourceRules } from './source.ts'

const idleMs = 30_000
const maximumRedirects = 5

/** A file on the web. Redirects are followed, each judged by the same rules. */
export function webSource(url: URL, rules: SourceRules): Source {
  const path = fileNameOf(url)
  const key = url.href
  return {
    single: { path, key },
    probe: async () => {
      const answer = await ask(url, 'HEAD', rules)
      answer.resume()
      const { 'content-length': length, etag, 'last-modified': modified } = answer.headers
      const known = etag ?? modified
      if (length === undefined || known === undefined) {
        const reason =
          'it tells neither size nor entity tag, so a change could not be noticed; register it with --verify'
        throw problem['source-refused']({ url: shown(url), reason })
      }
      return [{ path, key, sizeBytes: Number(length), etag: known }]
    },
    read: () => bytesOf(url, rules),
  }
}

async function* bytesOf(url: URL, rules: SourceRules): AsyncGenerator<Uint8Array> {
  const answer = await ask(url, 'GET', rules)
  try {
    for await (const piece of answer) yield piece as Uint8Array // no encoding was set
  } catch (error) {
    throw unreachable(url, error)
  }
}

async function ask(url: URL, method: 'GET' | 'HEAD', rules: SourceRules): Promise<IncomingMessage> {
  let target = url
  for (let hop = 0; hop <= maximumRedirects; hop += 1) {
    const answer = await exchange(target, method, rules)
    const status = answer.statusCode ?? 0
    if (status >= 200 && status < 300) return answer
    answer.destroy()
    target = nextAddress(url, target, status, answer.headers.location)
  }
  throw problem['source-unreachable']({ url: shown(url), reason: 'it leads from one address to the next without end' })
}

/** Where an answer leads. Throws for one that leads nowhere, or to another kind of address. */
function nextAddress(url: URL, at: URL, status: number, location: string | undefined): URL {
  const isRedirect = status >= 300 && status < 400 && location !== undefined && URL.canParse(location, at.href)
  if (!isRedirect) throw problem['source-unreachable']({ url: shown(url), reason: `it answered ${status}` })
  const next = new URL(location, at.href)
  if (next.protocol === 'https:' || next.protocol === url.protocol) return next
  throw problem['source-refused']({ url: shown(url), reason: `it leads to ${next.protocol}//, which is not followed` })
}

function exchange(url: URL, method: 'GET' | 'HEAD', rules: SourceRules): Promise<IncomingMessage> {
  refusePrivateHost(shown(url), url.hostname, rules)
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const sent = send(
      url,
      // Bytes as they lie there: an encoding on the way would change their digest.
      { method, agent: false, headers: { 'accept-encoding': 'identity' }, lookup: guardedLookup(shown(url), rules) },
      resolve,
    )
    sent.setTimeout(idleMs, () => sent.destroy(new Error(`nothing came for ${idleMs / 1000} seconds`)))
    sent.on('error', (error) => reject(unreachable(url, error)))
    sent.end()
  })
}

function unreachable(url: URL, error: unknown): Error {
  if (error instanceof Problem) return error
  const reason = error instanceof Error ? error.message : String(error)
  return problem['source-unreachable']({ url: shown(url), reason }, error)
}

function fileNameOf(url: URL): string {
  const last = url.pathname.split('/').filter(Boolean).at(-1) ?? url.hostname
  return last.replaceAll(/%[0-9a-f]{2}|[^\w.-]/gi, '_').slice(-200)
}

/** An address without what may be a secret in it. */
function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}

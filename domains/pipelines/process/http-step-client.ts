import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StepClient } from '../authoring/step-client.ts'

/** A refusal of the server, as a step sees it. */
export class StepClientError extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'StepClientError'
    this.status = status
    this.code = code
  }
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: () => Promise<RequestInit>
}

const attempts = 4

/** Makes the client of a step from its environment. Reads, and writes that are safe to repeat, are tried again. */
export function createStepClient(env: Readonly<Record<string, string | undefined>>): StepClient {
  const { MILLRACE_URL: url, MILLRACE_TOKEN: token, MILLRACE_WORKSPACE: workspace = 'default' } = env
  if (url === undefined || url === '') throw new Error('There is no server to call: MILLRACE_URL is not set.')
  const root = `${url}/api/millrace/v1/w/${encodeURIComponent(workspace)}`
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const send = (sent: Sent) => sendWithRetries(root, authorization, sent)
  const json = async <T>(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const response = await send({
      method,
      path,
      headers: text === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: async () => (text === undefined ? {} : { body: text }),
    })
    return (await response.json()) as T // the caller says which answer the address gives
  }
  return {
    get: async <T>(path: string, query?: Sent['query']) =>
      (await (await send({ method: 'GET', path, query })).json()) as T, // as above
    post: (path, body, options = {}) =>
      json(
        'POST',
        path,
        body ?? {},
        options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey },
      ),
    put: (path, body) => json('PUT', path, body ?? {}),
    patch: (path, body) => json('PATCH', path, body ?? {}),
    delete: (path) => json('DELETE', path, undefined),
    upload: async <T>(
      path: string,
      body: string | Uint8Array,
      options: { method?: 'PUT' | 'POST'; query?: Sent['query'] } = {},
    ) => {
      const headers = { 'content-type': 'application/octet-stream', 'content-length': String(await sizeOf(body)) }
      const { method = 'PUT', query } = options
      const response = await send({ method, path, query, headers, body: async () => bodyOf(body) })
      return (await response.json()) as T // as above
    },
    download: async (path, toFile, query) => {
      const response = await send({ method: 'GET', path, query })
      // The DOM's and Node's types of one and the same stream differ.
      if (response.body !== null)
        await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), createWriteStream(toFile))
      return toFile
    },
  }
}

async function sendWithRetries(root: string, authorization: Record<string, string>, sent: Sent): Promise<Response> {
  const isSafe = sent.method !== 'POST' || sent.headers?.['idempotency-key'] !== undefined
  for (let attempt = 1; ; attempt += 1) {
    const answered = await sendOnce(root, authorization, sent).catch((error: unknown) => asError(error))
    if (!(answered instanceof Error)) return answered
    const mayPass = !(answered instanceof StepClientError) || answered.status === 503
    if (!isSafe || !mayPass || attempt === attempts) throw answered
    await sleep(100 * 2 ** attempt)
  }
}

async function sendOnce(root: string, authorization: Record<string, string>, sent: Sent): Promise<Response> {
  const address = new URL(root + (sent.path.startsWith('/') ? sent.path : `/${sent.path}`))
  for (const [name, value] of Object.entries(sent.query ?? {}))
    if (value !== undefined) address.searchParams.set(name, String(value))
  const init: RequestInit = { method: sent.method, headers: { ...authorization, ...sent.headers } }
  const response = await fetch(address, { ...init, ...(await sent.body?.()) })
  if (response.ok) return response
  const text = await response.text()
  throw refusal(response.status, text, `${sent.method} ${sent.path}`)
}

function refusal(status: number, text: string, what: string): StepClientError {
  try {
    const { code = 'unknown', detail, title } = JSON.parse(text) as { code?: string; detail?: string; title?: string } // problem+json
    return new StepClientError(status, code, `${what}: ${detail ?? title ?? status}`)
  } catch {
    return new StepClientError(status, 'unknown', `${what}: ${status} ${text.slice(0, 500)}`)
  }
}

async function sizeOf(body: string | Uint8Array): Promise<number> {
  return typeof body === 'string' ? (await stat(body)).size : body.byteLength
}

function bodyOf(body: string | Uint8Array): RequestInit {
  if (typeof body !== 'string') return { body: Buffer.from(body) }
  // `duplex` is what fetch wants for streams; the DOM's type does not know it.
  return { body: Readable.toWeb(createReadStream(body)), duplex: 'half' }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

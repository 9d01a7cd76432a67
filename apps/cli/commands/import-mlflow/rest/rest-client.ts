import { Problem } from '@millrace/contract'
import type { SourceOptions } from '../open-source.ts'
import { textOf } from '../words.ts'

export type Message = Readonly<Record<string, unknown>>

/** Calls an MLflow server's API. Paths lie below its address. */
export interface RestClient {
  get(path: string, query?: readonly (readonly [string, string])[]): Promise<Message>
  post(path: string, body: unknown): Promise<Message>
  /** All messages of a list that comes in pages. */
  list(name: string, page: (token: string) => Promise<Message>): AsyncGenerator<Message>
  bytes(path: string, query: readonly (readonly [string, string])[]): Promise<AsyncIterable<Uint8Array>>
}

/** Makes a client of one server. Throws `client/unreachable`, and `client/refused` with the server's own sentence. */
export function restClient(address: string, options: SourceOptions): RestClient {
  const base = address.replace(/\/$/, '')
  const headers = { ...authorization(options), accept: 'application/json' }
  const send = (
    path: string,
    query: readonly (readonly [string, string])[],
    init: { readonly method?: string; readonly body?: string; readonly headers?: Record<string, string> } = {},
  ) => {
    const parameters = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]))
    const url = `${base}${path}${parameters.size === 0 ? '' : `?${parameters.toString()}`}`
    const own: Record<string, string> = init.headers ?? {}
    return request(url, { ...init, headers: { ...headers, ...own } })
  }
  const client: RestClient = {
    get: async (path, query = []) => objectOf(await (await send(path, query)).json()),
    post: async (path, body) => {
      const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      return objectOf(await (await send(path, [], init)).json())
    },
    list: async function* (name, page) {
      for (let token = ''; ;) {
        const answer = await page(token)
        yield* listOf(answer[name])
        token = typeof answer['next_page_token'] === 'string' ? answer['next_page_token'] : ''
        if (token === '') return
      }
    },
    bytes: async (path, query) => {
      const { body } = await send(path, query)
      return body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() })
    },
  }
  return client
}

async function request(url: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    throw new Problem('client/unreachable', 503, `No server answers at ${new URL(url).origin}.`, {}, error)
  }
  if (response.ok) return response
  const text = await response.text()
  const status = response.status >= 500 ? 502 : response.status
  throw new Problem(
    'client/refused',
    status,
    `${new URL(url).pathname} answered ${response.status}: ${text.slice(0, 300)}`,
  )
}

function authorization({ user, password, token }: SourceOptions): Record<string, string> {
  if (user !== undefined) {
    return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` }
  }
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** A message; an empty one for what is none. */
export function objectOf(value: unknown): Message {
  return typeof value === 'object' && value !== null ? (value as Message) : {} // read member by member
}

/** A list of messages; an empty one where it was left out. */
export function listOf(value: unknown): Message[] {
  return Array.isArray(value) ? value.map(objectOf) : []
}

/** `[{key, value}]` as a map. */
export function pairsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(listOf(value).map(({ key, value: text }) => [textOf(key), textOf(text)]))
}

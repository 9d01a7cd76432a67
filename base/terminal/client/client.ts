import { Problem } from '@millrace/contract'

export interface ClientOptions {
  readonly url: string
  readonly token?: string | undefined
  readonly workspace: string
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Calls our API. Paths lie below the workspace; every failure is a `Problem` with a sentence. */
export interface ApiClient {
  readonly url: string
  readonly workspace: string
  get<T>(path: string, query?: Query): Promise<T>
  post<T>(path: string, body?: unknown, headers?: Record<string, string>): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  delete<T>(path: string): Promise<T>
  /** Sends or receives bytes; `path` as above. */
  raw(
    method: string,
    path: string,
    init?: { body?: RequestInit['body']; headers?: Record<string, string>; query?: Query },
  ): Promise<Response>
}

/** Makes a client of one server and workspace. */
export function createClient(options: ClientOptions): ApiClient {
  const base = `${options.url.replace(/\/$/, '')}/api/millrace/v1/w/${encodeURIComponent(options.workspace)}`
  const send = (method: string, path: string, init: RequestInit = {}, query: Query = {}) =>
    request(`${base}${path}${queryText(query)}`, {
      ...init,
      method,
      headers: { ...authorization(options.token), ...headersOf(init) },
    })
  const sendJson = async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init =
      body === undefined
        ? { headers }
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
    const response = await send(method, path, init)
    // The contract of the address says what T is; the server has checked it.
    return (await response.json()) as T
  }
  return {
    url: options.url,
    workspace: options.workspace,
    get: async <T>(path: string, query?: Query) => (await (await send('GET', path, {}, query)).json()) as T, // as above
    post: (path, body = {}, headers = {}) => sendJson('POST', path, body, headers),
    put: (path, body) => sendJson('PUT', path, body),
    delete: (path) => sendJson('DELETE', path),
    raw: (method, path, init = {}) => {
      const { query, ...rest } = init
      const streaming = rest.body instanceof ReadableStream ? { duplex: 'half' } : {}
      return send(method, path, { ...rest, ...streaming } as RequestInit, query) // `duplex` is missing in the DOM's type
    },
  }
}

async function request(url: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    const origin = new URL(url).origin
    throw new Problem(
      'client/unreachable',
      503,
      `No server answers at ${origin}. Start one with "millrace server", or name it with --server.`,
      {},
      error,
    )
  }
  if (!response.ok) throw await problemOf(response)
  return response
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text()
  try {
    const { code, detail, status, ...params } = JSON.parse(text) as { code: string; detail: string; status: number } // problem+json
    return new Problem(code, status, detail, params)
  } catch {
    return new Problem(
      'client/unexpected-answer',
      response.status,
      `The server answered ${response.status}: ${text.slice(0, 200)}`,
    )
  }
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }
}

function headersOf(init: RequestInit): Record<string, string> {
  return (init.headers ?? {}) as Record<string, string> // only this module fills it
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

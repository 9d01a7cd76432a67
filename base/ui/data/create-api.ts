import { problemOf, unreachable } from './problem.ts'

export type Query = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly (string | number)[]>
>
export interface CallOptions {
  query?: Query
  signal?: AbortSignal
  /** Sent as `Idempotency-Key`: a repeated act with the same key happens once. */
  idempotencyKey?: string
  /** `server` reaches what belongs to no workspace: `session`, `workspaces`. Default `workspace`. */
  scope?: 'workspace' | 'server'
}

/** Calls of one workspace. Every method answers parsed JSON or throws a `Problem`. `Answer` is the contract's type: the server has validated it. */
export interface Api {
  readonly workspace: string
  /** The address of a path, for links, downloads and event streams. */
  url: (path: string, query?: Query) => string
  /** The address of a path that belongs to no workspace. */
  serverUrl: (path: string, query?: Query) => string
  get: <Answer>(path: string, options?: CallOptions) => Promise<Answer>
  post: <Answer>(path: string, body: unknown, options?: CallOptions) => Promise<Answer>
  put: <Answer>(path: string, body: unknown, options?: CallOptions) => Promise<Answer>
  patch: <Answer>(path: string, body: unknown, options?: CallOptions) => Promise<Answer>
  delete: <Answer>(path: string, options?: CallOptions) => Promise<Answer>
}

/** Paths are relative to the workspace: `api.get('experiments')`. `baseUrl` is the server's base path, `''` at the root. */
export function createApi(config: {
  baseUrl: string
  workspace: string
  /** Hears the status of every answer of the workspace: 401 is a session that has ended. */
  onAnswer?: (status: number) => void
  fetch?: typeof fetch
}): Api {
  const send = config.fetch ?? ((...args) => fetch(...args))
  const server = `${config.baseUrl}/api/millrace/v1/`
  const root = `${server}w/${encodeURIComponent(config.workspace)}/`
  const below = (base: string) => (path: string, query?: Query) => base + path.replace(/^\//, '') + queryString(query)
  const [url, serverUrl] = [below(root), below(server)]

  async function call<Answer>(method: string, path: string, body: unknown, options: CallOptions = {}): Promise<Answer> {
    const request = requestOf(method, body, options)
    const address = options.scope === 'server' ? serverUrl : url
    const response = await send(address(path, options.query), request).catch((cause: unknown) => {
      if (options.signal?.aborted === true) throw cause
      throw unreachable()
    })
    // What belongs to no workspace answers everybody, signed in or not.
    if (options.scope !== 'server') config.onAnswer?.(response.status)
    if (!response.ok) throw await problemOf(response)
    // The server checks what it sends against the contract; checking again here would bring Zod into the bundle.
    return (response.status === 204 ? undefined : await response.json()) as Answer
  }

  return {
    workspace: config.workspace,
    url,
    serverUrl,
    get: (path, options) => call('GET', path, undefined, options),
    post: (path, body, options) => call('POST', path, body, options),
    put: (path, body, options) => call('PUT', path, body, options),
    patch: (path, body, options) => call('PATCH', path, body, options),
    delete: (path, options) => call('DELETE', path, undefined, options),
  }
}

function requestOf(method: string, body: unknown, { idempotencyKey, signal }: CallOptions): RequestInit {
  // The second one no page of elsewhere can send.
  const headers: Record<string, string> = { accept: 'application/json', 'x-millrace-page': '1' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  const request: RequestInit = { method, headers, credentials: 'same-origin' }
  if (body !== undefined) request.body = JSON.stringify(body)
  if (signal !== undefined) request.signal = signal
  return request
}

function queryString(query: Query | undefined): string {
  if (query === undefined) return ''
  const parts = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) parts.append(key, String(one))
  }
  const text = parts.toString()
  return text === '' ? '' : `?${text}`
}

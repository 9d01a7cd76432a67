import { errorOf, MillraceError } from './millrace-error.ts'
import { pause, pauseMs, unreferenced } from './pauses.ts'

export interface ApiOptions {
  readonly url: string
  readonly token?: string | undefined
  readonly workspace: string
  readonly fetch: typeof fetch
}

/** Bytes to send as they are. A stream can be opened anew for every attempt. */
export interface Content {
  open(): Blob | string | ReadableStream<Uint8Array>
}

export interface RequestOptions {
  readonly body?: unknown
  readonly content?: Content | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** The answer takes as long as the server works, which may be minutes. */
  readonly isSlow?: boolean
  readonly signal?: AbortSignal | undefined
  /** Attempts in all; default 5. */
  readonly attempts?: number
  /** Sending it twice does no more than sending it once. Default: every method but POST. */
  readonly repeatable?: boolean
}

/** Longer than the server takes for any answer that is no stream. */
const answerWithinMs = 60_000

/** The server's API, with retries where sending again is safe. */
export class Api {
  readonly #options: ApiOptions

  constructor(options: ApiOptions) {
    this.#options = options
  }

  get url(): string {
    return this.#options.url
  }

  get workspace(): string {
    return this.#options.workspace
  }

  /**
   * Sends a request and reads its JSON answer. Throws `MillraceError`; temporary refusals (no answer, 408, 429, 5xx) are
   * tried again with growing, jittered pauses, or after what `Retry-After` asks for. A request that is not repeatable is
   * only tried again when the server says that it did nothing (429, 503).
   */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return this.#retrying(method, options, async () => {
      const isTimed = options.content === undefined && options.isSlow !== true
      const ends = endsWith(options.signal, isTimed ? answerWithinMs : undefined)
      try {
        const answer = await this.#answer(method, path, { ...options, signal: ends.signal })
        return (await jsonOf(answer)) as T // the contract's answer to this path
      } catch (error) {
        options.signal?.throwIfAborted()
        if (ends.signal.aborted) throw this.#noAnswer('sdk/timeout', error)
        throw error instanceof MillraceError ? error : this.#noAnswer('sdk/unreachable', error)
      } finally {
        ends.done()
      }
    })
  }

  /** Asks for bytes, which the caller reads from the answer. Throws as `request`. */
  async download(path: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Response> {
    return this.#retrying('GET', options, async () => {
      try {
        return await this.#answer('GET', path, options)
      } catch (error) {
        options.signal?.throwIfAborted()
        throw error instanceof MillraceError ? error : this.#noAnswer('sdk/unreachable', error)
      }
    })
  }

  async #retrying<T>(method: string, options: RequestOptions, attempt: () => Promise<T>): Promise<T> {
    const { attempts = 5, repeatable = method !== 'POST', signal } = options
    for (let failures = 1; ; failures += 1) {
      try {
        return await attempt()
      } catch (error) {
        const again = error instanceof MillraceError && (repeatable ? error.isTemporary : error.wasNotTaken)
        if (!again || failures >= attempts) throw error
        await pause(error.retryAfterMs ?? pauseMs(failures), { signal })
      }
    }
  }

  async #answer(method: string, path: string, options: RequestOptions): Promise<Response> {
    const { url, workspace, fetch } = this.#options
    const address = `${url}/api/millrace/v1/w/${encodeURIComponent(workspace)}${path}`
    const answer = await fetch(address, this.#init(method, options))
    if (!answer.ok) throw await errorOf(answer)
    return answer
  }

  #noAnswer(code: 'sdk/timeout' | 'sdk/unreachable', cause: unknown): MillraceError {
    const { url } = this.#options
    const said =
      code === 'sdk/timeout'
        ? `Millrace at ${url} did not answer within ${answerWithinMs / 1000} s.`
        : `Millrace does not answer at ${url}. Is it running, and is MILLRACE_URL right?`
    return new MillraceError(code, 0, said, { cause })
  }

  #init(method: string, { body, content, headers, signal }: RequestOptions): RequestInit {
    const { token } = this.#options
    const sent = content === undefined ? jsonBody(body) : bytesBody(content)
    return {
      method,
      ...(signal === undefined ? {} : { signal }),
      ...sent.init,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...sent.headers,
        ...headers,
      },
    }
  }
}

interface Sent {
  readonly init: RequestInit
  readonly headers: Readonly<Record<string, string>>
}

function jsonBody(body: unknown): Sent {
  if (body === undefined) return { init: {}, headers: {} }
  return { init: { body: JSON.stringify(body) }, headers: { 'content-type': 'application/json' } }
}

function bytesBody(content: Content): Sent {
  const body = content.open()
  // Node's fetch keeps a copy of all that it sends, in case of a redirect, unless both of these are said.
  const init: RequestInit = { body, redirect: 'error', window: null }
  return {
    init: body instanceof ReadableStream ? { ...init, duplex: 'half' } : init,
    headers: { 'content-type': 'application/octet-stream' },
  }
}

async function jsonOf(answer: Response): Promise<unknown> {
  const text = await answer.text()
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch (error) {
    const said = `What answers at ${answer.url} is not Millrace, or something between changed its answer: ${text.slice(0, 80)}`
    throw new MillraceError('sdk/unexpected-answer', answer.status, said, { cause: error })
  }
}

/** A signal that ends with another one or after a time. Written out: `AbortSignal.any` is younger than some browsers. */
function endsWith(outer: AbortSignal | undefined, limitMs: number | undefined) {
  const controller = new AbortController()
  const end = () => controller.abort(outer?.reason)
  const timer = limitMs === undefined ? undefined : unreferenced(setTimeout(end, limitMs))
  if (outer?.aborted === true) end()
  outer?.addEventListener('abort', end)
  const done = () => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', end)
  }
  return { signal: controller.signal, done }
}

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
      const limitMs = options.content === undefined ? answerWithinMs : undefined
      return (await this.#once(method, path, options, limitMs, jsonOf)) as T // the contract's answer to this path
    })
  }

  /** Asks for bytes, which the caller reads from the answer. Throws as `request`. */
  async download(path: string, options: { signal?: AbortSignal | undefined } = {}): Promise<Response> {
    return this.#retrying('GET', options, () => this.#once('GET', path, options, undefined, async (answer) => answer))
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

  async #once<T>(
    method: string,
    path: string,
    options: RequestOptions,
    limitMs: number | undefined,
    read: (answer: Response) => Promise<T>,
  ): Promise<T> {
    const { url, workspace, fetch } = this.#options
    const ends = endsWith(options.signal, limitMs)
    try {
      const address = `${url}/api/millrace/v1/w/${encodeURIComponent(workspace)}${path}`
      const answer = await fetch(address, this.#init(method, options, ends.signal))
      if (!answer.ok) throw await errorOf(answer)
      return await read(answer)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof MillraceError) throw error
      const [code, said] = ends.signal.aborted
        ? ['sdk/timeout', `Millrace at ${url} did not answer within ${(limitMs ?? 0) / 1000} s.`]
        : ['sdk/unreachable', `Millrace does not answer at ${url}. Is it running, and is MILLRACE_URL right?`]
      throw new MillraceError(code, 0, said, { cause: error })
    } finally {
      ends.done()
    }
  }

  #init(method: string, { body, content }: RequestOptions, signal: AbortSignal): RequestInit {
    const { token } = this.#options
    const sent = content?.open() ?? (body === undefined ? undefined : JSON.stringify(body))
    const type = content === undefined ? 'application/json' : 'application/octet-stream'
    return {
      method,
      signal,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(sent === undefined ? {} : { 'content-type': type }),
      },
      ...(sent === undefined ? {} : { body: sent }),
      ...(sent instanceof ReadableStream ? { duplex: 'half' } : {}),
    }
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

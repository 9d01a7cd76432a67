import { errorOf, MillraceError } from './millrace-error.ts'

export interface ApiOptions {
  readonly url: string
  readonly token?: string | undefined
  readonly workspace: string
  readonly fetch: typeof fetch
}

export interface RequestOptions {
  readonly body?: unknown
  /** Bytes to send as they are. */
  readonly bytes?: Blob | undefined
  readonly signal?: AbortSignal | undefined
  /** Attempts in all; default 5. */
  readonly attempts?: number
}

const firstPauseMs = 200
const longestPauseMs = 10_000

/** The server's API, with retries where sending again is safe. */
export class Api {
  readonly #options: ApiOptions

  constructor(options: ApiOptions) {
    this.#options = options
  }

  get url(): string {
    return this.#options.url
  }

  /** The address of a path of the workspace. */
  addressOf(path: string): string {
    return `${this.#options.url}/api/millrace/v1/w/${encodeURIComponent(this.#options.workspace)}${path}`
  }

  /**
   * Sends a request and reads its JSON answer. Throws `MillraceError`; temporary refusals (no answer, 408, 429, 5xx) are
   * tried again with growing, jittered pauses, or after what `Retry-After` asks for.
   */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const attempts = options.attempts ?? 5
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#once(method, path, options)
      if (!(outcome instanceof Refusal)) return outcome as T // the contract's answer to this path
      if (attempt >= attempts || !outcome.error.isTemporary) throw outcome.error
      await pause(outcome.retryAfterMs ?? pauseMs(attempt), options.signal)
    }
  }

  async #once(method: string, path: string, options: RequestOptions): Promise<unknown> {
    const { url, fetch } = this.#options
    let answer: Response
    try {
      answer = await fetch(this.addressOf(path), this.#request(method, options))
    } catch (error) {
      options.signal?.throwIfAborted()
      const said = `Millrace does not answer at ${url}.`
      return new Refusal(new MillraceError('sdk/unreachable', 0, said, { cause: error }), undefined)
    }
    if (!answer.ok) return new Refusal(await errorOf(answer), retryAfterMs(answer))
    const text = await answer.text()
    return text === '' ? {} : JSON.parse(text)
  }

  #request(method: string, { body, bytes, signal }: RequestOptions): RequestInit {
    const { token } = this.#options
    const content = bytes ?? (body === undefined ? undefined : JSON.stringify(body))
    const type = bytes === undefined ? 'application/json' : 'application/octet-stream'
    return {
      method,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(content === undefined ? {} : { 'content-type': type }),
      },
      ...(content === undefined ? {} : { body: content }),
      ...(signal === undefined ? {} : { signal }),
    }
  }
}

class Refusal {
  readonly error: MillraceError
  readonly retryAfterMs: number | undefined
  constructor(error: MillraceError, after: number | undefined) {
    this.error = error
    this.retryAfterMs = after
  }
}

function retryAfterMs(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? Math.min(longestPauseMs * 6, seconds * 1000) : undefined
}

/** Doubling pauses with full jitter, so that many clients do not come back at once. */
export function pauseMs(attempt: number): number {
  return (0.5 + Math.random() / 2) * Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1))
}

/** Waits; rejects at once when the signal is aborted. It keeps no process alive. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
      },
      { once: true },
    )
  })
}

/** What the server said no with, or why it could not be asked. `code` tells which; docs/errors.md lists the server's. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  /**
   * The problem's code, such as `model-registry/version-not-found`, or one of ours: `sdk/unreachable`, `sdk/timeout`,
   * `sdk/unexpected-answer`, `sdk/wrong-digest`, `sdk/not-delivered`.
   */
  readonly code: string
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  /** What the answer's `Retry-After` asks for. */
  readonly retryAfterMs: number | undefined

  constructor(code: string, status: number, message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options)
    this.code = code
    this.status = status
    this.retryAfterMs = options.retryAfterMs
  }

  /** Whether sending the same again later may succeed. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }

  /** Whether the server says that it has done nothing, so that anything may be sent again. */
  get wasNotTaken(): boolean {
    return this.status === 429 || this.status === 503
  }
}

/** Reads the problem of an answer that is no success. */
export async function errorOf(answer: Response): Promise<MillraceError> {
  const text = await answer.text().catch(() => '')
  const problem = parsed(text)
  const code = typeof problem['code'] === 'string' ? problem['code'] : 'sdk/unexpected-answer'
  const said = [problem['detail'], problem['title'], text.slice(0, 200), answer.statusText]
  const detail = said.find((part): part is string => typeof part === 'string' && part !== '')
  const retryAfterMs = retryAfter(answer.headers.get('retry-after'))
  const more = retryAfterMs === undefined ? {} : { retryAfterMs }
  return new MillraceError(code, answer.status, detail ?? `The answer was ${answer.status}.`, more)
}

/** Seconds, or a date; at most a minute. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(60_000, Math.max(0, ms)) : undefined
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

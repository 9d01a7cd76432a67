/** What the server said no with, or why it could not be asked. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  /** The problem's code, as in the documentation's list; `sdk/unreachable` when there was no answer. */
  readonly code: string
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number

  constructor(code: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.status = status
  }

  /** Whether sending the same again later may succeed. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

/** Reads the problem of an answer that is no success. */
export async function errorOf(answer: Response): Promise<MillraceError> {
  const text = await answer.text().catch(() => '')
  const problem = parsed(text)
  const code = typeof problem['code'] === 'string' ? problem['code'] : 'sdk/unexpected-answer'
  const detail = [problem['detail'], problem['title'], text.slice(0, 200)].find((said) => typeof said === 'string')
  return new MillraceError(code, answer.status, detail ?? answer.statusText)
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

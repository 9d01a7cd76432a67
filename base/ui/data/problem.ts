/** What the server says when it refuses or fails: RFC 9457, with the code of a domain's closed catalogue and the request's id. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly requestId: string | null
  /** Which piece of the text that was sent is not understood: first character and the one after the last. */
  readonly span: { readonly start: number; readonly end: number } | null

  constructor(fields: {
    code: string
    status: number
    title: string
    detail: string
    requestId: string | null
    span?: { start: number; end: number } | null
  }) {
    super(fields.detail)
    this.name = 'Problem'
    this.code = fields.code
    this.status = fields.status
    this.title = fields.title
    this.requestId = fields.requestId
    this.span = fields.span ?? null
  }
}

function spanOf(body: object): { start: number; end: number } | null {
  const start: unknown = Reflect.get(body, 'start')
  const end: unknown = Reflect.get(body, 'end')
  return typeof start === 'number' && typeof end === 'number' ? { start, end } : null
}

function text(body: object, key: string): string | null {
  const value: unknown = Reflect.get(body, key)
  return typeof value === 'string' && value !== '' ? value : null
}

/** Reads an answer that is not a success. A body that is no problem document still gives a sentence. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null)
  const fields = typeof body === 'object' && body !== null ? body : {}
  const type = text(fields, 'type')
  const code = text(fields, 'code') ?? type?.split('/').at(-1) ?? `http-${response.status}`
  return new Problem({
    code,
    status: response.status,
    title: text(fields, 'title') ?? code,
    detail:
      text(fields, 'detail') ?? text(fields, 'title') ?? `The server answered ${response.status} without saying why.`,
    requestId: text(fields, 'requestId') ?? response.headers.get('x-request-id'),
    span: spanOf(fields),
  })
}

/** Anything thrown, as something a page can show. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  return new Problem({ code: 'page-failed', status: 0, title: 'This part of the page failed', detail, requestId: null })
}

/** The server could not be reached at all. */
export function unreachable(): Problem {
  return new Problem({
    code: 'unreachable',
    status: 0,
    title: 'The server did not answer',
    detail: 'The server could not be reached. What is shown is the last it said; nothing was changed.',
    requestId: null,
  })
}

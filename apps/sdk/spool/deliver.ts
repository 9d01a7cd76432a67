import type { Api } from '../http/api.ts'
import { MillraceError } from '../http/millrace-error.ts'
import type { SpooledRequest } from './spool.ts'

/** Told a sentence that the user should read. `key` is the same for the same trouble. */
export type Warn = (key: string, sentence: string) => void

/**
 * Sends one request. True when the server has it, or refused it for good (which is told); false when it is to be sent
 * again later. Everything that a run sends may arrive twice: points, params, tags, inputs and ends then change nothing,
 * and a run that is there already was made by an earlier try.
 */
export async function deliver(api: Api, request: SpooledRequest, warn: Warn): Promise<boolean> {
  const { method, path, body, isText } = request
  const content = isText === true ? { content: { open: () => String(body) } } : { body }
  try {
    await api.request(method, path, { ...content, attempts: 1 })
    return true
  } catch (error) {
    return refused(api, request, error, warn)
  }
}

async function refused(api: Api, request: SpooledRequest, error: unknown, warn: Warn): Promise<boolean> {
  const why = error instanceof MillraceError ? error : new MillraceError('sdk/failed', 0, String(error))
  if (why.code === 'experiment-tracking/run-exists') return true
  // With a new token, or after the server is back, it gets through.
  if (why.isTemporary || why.status === 401 || why.status === 403) {
    warn(why.code, `${why.message} What is logged meanwhile waits, and is sent later.`)
    return false
  }
  const parts = mended(request, why)
  if (parts.length > 0) {
    const delivered = await Promise.all(parts.map((part) => deliver(api, part, warn)))
    return delivered.every(Boolean)
  }
  warn(
    `${why.code} ${request.method}`,
    `Millrace refused ${request.method} ${request.path}: ${why.message} (${why.code})`,
  )
  return true
}

/** The same in a form that loses as little as possible: one bad param must not take the others with it. */
function mended({ method, path, body }: SpooledRequest, { status }: MillraceError): SpooledRequest[] {
  const { params, tags, parentRunId, ...rest } = fieldsOf(body)
  if (path === '/runs' && status === 404 && typeof parentRunId === 'string')
    return [{ method, path, body: { ...rest, tags: { ...fieldsOf(tags), 'mlflow.parentRunId': parentRunId } } }]
  if (!path.endsWith('/log')) return []
  const singles = [...singlesOf('params', params), ...singlesOf('tags', tags)]
  return singles.length > 1 ? singles.map((single) => ({ method, path, body: single })) : []
}

function singlesOf(name: string, values: unknown): object[] {
  return Object.entries(fieldsOf(values)).map(([key, value]) => ({ [name]: { [key]: value } }))
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

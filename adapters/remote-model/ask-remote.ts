import type { RemoteSource } from '@millrace/model-serving/plane'
import { remoteProblem } from './remote-problem.ts'

const defaultTimeoutMs = 30_000
const longestReason = 500

/** Sends a request to the server of a source; `path` comes after its address. Rejects with `remote-model/unreachable`, `timed-out`. */
export async function fetchFrom(
  { url, headers, timeoutMs = defaultTimeoutMs }: RemoteSource,
  path: string,
  request: { body?: string | Uint8Array; headers?: Readonly<Record<string, string>>; signal?: AbortSignal | undefined },
): Promise<Response> {
  const signals = [AbortSignal.timeout(timeoutMs), ...(request.signal === undefined ? [] : [request.signal])]
  try {
    return await fetch(new URL(path.replace(/^\//, ''), url.endsWith('/') ? url : `${url}/`), {
      method: request.body === undefined ? 'GET' : 'POST',
      headers: { ...request.headers, ...headers },
      ...(request.body === undefined ? {} : { body: Buffer.from(request.body) }),
      signal: AbortSignal.any(signals),
      // A redirect would lead where nobody has declared.
      redirect: 'error',
    })
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      throw remoteProblem['timed-out']({ url, limitMs: timeoutMs }, error)
    throw remoteProblem.unreachable({ url, reason: reasonOf(error) }, error)
  }
}

/** The JSON that the server answers; whole numbers beyond 2^53 come as BigInt. Its 4xx are the caller's mistakes. */
export async function askJson(source: RemoteSource, path: string, body?: string): Promise<unknown> {
  const sent = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }
  const response = await fetchFrom(source, path, sent)
  const text = await response.text()
  if (!response.ok) {
    const { url } = source
    const { status } = response
    const reason = sentenceOf(text)
    if (body !== undefined && (status === 400 || status === 422)) throw remoteProblem['bad-input']({ reason })
    throw remoteProblem.refused({ url, status, reason })
  }
  try {
    return parseExactly(text)
  } catch (error) {
    throw remoteProblem['not-understood']({ url: source.url, reason: 'it is no JSON' }, error)
  }
}

function parseExactly(text: string): unknown {
  // TensorFlow Serving writes NaN and Infinity bare.
  const plain = /\bNaN\b|\bInfinity\b/.test(text)
    ? text.replaceAll(/(?<=[[,:\s])(-?(?:NaN|Infinity))(?=[\],}\s])/g, '"$1"')
    : text
  if (!/\d{16}/.test(plain)) return JSON.parse(plain)
  return JSON.parse(plain, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source
    return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value
  })
}

function sentenceOf(text: string): string {
  try {
    const read: unknown = JSON.parse(text)
    const error = typeof read === 'object' && read !== null && 'error' in read ? read.error : undefined
    return (typeof error === 'string' ? error : text).slice(0, longestReason)
  } catch {
    return text.slice(0, longestReason)
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}

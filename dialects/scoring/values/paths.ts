import type { WireAnswer } from '@millrace/model-serving/plane'

/** Which of a listener's endpoints the addresses at its root mean; undefined where it serves several. */
export interface RootOptions {
  readonly root?: { readonly endpoint: string }
}

/** A part of a path, decoded where it can be. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** An answer in JSON. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): WireAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** An answer in plain text. */
export function text(status: number, body: string, type = 'text/plain; charset=utf-8'): WireAnswer {
  return { status, headers: { 'content-type': type }, body }
}

const endpointPath = /^\/endpoints\/([^/]+)\/(.+)$/

/** What a path asks of which endpoint: `/endpoints/{name}/{rest}`, or `/{rest}` where the root means one. */
export function splitPath(path: string, { root }: RootOptions): { endpoint: string; rest: string } | undefined {
  const [, name, rest] = endpointPath.exec(path) ?? []
  if (name !== undefined && rest !== undefined) return { endpoint: decode(name), rest }
  return root === undefined ? undefined : { endpoint: root.endpoint, rest: path.slice(1) }
}

/** The media type of a content type, without its parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** Headers as one text each, as a model's own handler gets them. */
export function plainHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || secret.has(name) ? [] : [[name, typeof value === 'string' ? value : value.join(', ')]],
    ),
  )
}

/** What proves who a caller is stays with the server. */
const secret = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-millrace-forwarded', 'x-api-key'])

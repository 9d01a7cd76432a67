import type { ByteRange, Runtime } from '@millrace/kernel'
import { objectProblem } from '@millrace/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'

const contentTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  gif: 'image/gif',
  htm: 'text/html; charset=utf-8',
  html: 'text/html; charset=utf-8',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  yaml: 'application/yaml',
  yml: 'application/yaml',
}

/** An object to answer with: its key, the name a browser saves it under, and its digest where it is known. */
export interface SentObject {
  readonly key: string
  readonly path: string
  readonly digest?: string
}

/**
 * Answers with a stored object as a download: one `Range` (206, 416), `ETag` by digest (304), and never a type that a
 * browser would run on our origin. Throws `objects/not-found`.
 */
export async function sendObject(
  runtime: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
  object: SentObject,
): Promise<FastifyReply> {
  const info = await runtime.objects.stat(object.key)
  if (info === undefined) throw objectProblem['not-found']({ key: object.path })
  const tag = object.digest === undefined ? undefined : `"${object.digest}"`
  if (tag !== undefined && request.headers['if-none-match'] === tag) return reply.code(304).header('etag', tag).send()
  void reply.headers({
    'accept-ranges': 'bytes',
    'content-type': contentTypeOf(object.path),
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName(object.path))}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
    ...(tag === undefined ? {} : { etag: tag }),
  })
  const range = rangeOf(request.headers.range, info.sizeBytes)
  if (range === undefined) {
    return reply.header('content-length', info.sizeBytes).send(await runtime.objects.get(object.key))
  }
  const { start, end } = range
  return reply
    .code(206)
    .headers({ 'content-range': `bytes ${start}-${end}/${info.sizeBytes}`, 'content-length': end - start + 1 })
    .send(await runtime.objects.get(object.key, range))
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The type by the file's ending; `application/octet-stream` where it says nothing. */
export function contentTypeOf(path: string): string {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(contentTypes, ending) ? (contentTypes[ending] ?? '') : 'application/octet-stream'
}

/** One range, or undefined for none and for several (RFC 9110 lets a server answer with the whole). Throws `objects/range`. */
function rangeOf(header: string | undefined, sizeBytes: number): Required<ByteRange> | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const last = sizeBytes - 1
  const [start, end] =
    match[1] === ''
      ? [Math.max(0, sizeBytes - Number(match[2])), last]
      : [Number(match[1]), match[2] === '' ? last : Math.min(Number(match[2]), last)]
  if (start > end) throw objectProblem.range({ sizeBytes })
  return { start, end }
}

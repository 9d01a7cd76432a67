import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ByteRange, OpenedObject } from '../object-store/object-store.ts'
import { objectProblem } from '../object-store/object-store.ts'
import { answerEndsByIdleness } from './body-deadline.ts'

const contentTypes: Readonly<Record<string, string>> = {
  bmp: 'image/bmp',
  css: 'text/css; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  gif: 'image/gif',
  gz: 'application/gzip',
  htm: 'text/html; charset=utf-8',
  html: 'text/html; charset=utf-8',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  parquet: 'application/vnd.apache.parquet',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tiff: 'image/tiff',
  txt: 'text/plain; charset=utf-8',
  wav: 'audio/x-wav',
  webp: 'image/webp',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zip: 'application/zip',
}

/** What to answer with beside the bytes. */
export interface SentObject {
  /** The name a browser saves it under is its last part. */
  readonly path: string
  /** `sha256:<hex>` where it is known; without it the tag is made of size and time. */
  readonly digest?: string
  /** Default by the path's ending. */
  readonly contentType?: string
}

/**
 * Answers with an opened object as a download, and ends it: one `Range` (206, 416, `If-Range`), `ETag` (304), `HEAD`
 * without a read, and never a type that a browser would run on our origin. A client that has stopped reading is let go.
 */
export async function sendObject(
  request: FastifyRequest,
  reply: FastifyReply,
  object: SentObject,
  opened: OpenedObject,
): Promise<FastifyReply> {
  try {
    const tag = `"${object.digest ?? `${opened.sizeBytes.toString(36)}-${opened.modifiedAtMs.toString(36)}`}"`
    void reply.headers({
      ...headersOf(object),
      etag: tag,
      'last-modified': new Date(opened.modifiedAtMs).toUTCString(),
    })
    if (isNamed(request.headers['if-none-match'], tag)) return await endWithout(reply.code(304), opened)
    const range = wantsRange(request, tag) ? rangeOf(request.headers.range, opened.sizeBytes) : undefined
    if (range !== undefined) {
      void reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${opened.sizeBytes}`)
    }
    const length = range === undefined ? opened.sizeBytes : range.end - range.start + 1
    void reply.header('content-length', length)
    if (request.method === 'HEAD') {
      await opened.close()
      // Fastify would write the length of what is sent; of a stream it knows none.
      return reply.send(Readable.from([]))
    }
    answerEndsByIdleness(reply)
    return reply.send(opened.lend?.(range) ?? (await opened.read(range)))
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function endWithout(reply: FastifyReply, opened: OpenedObject): Promise<FastifyReply> {
  await opened.close()
  return reply.send()
}

function headersOf(object: SentObject): Record<string, string> {
  return {
    'accept-ranges': 'bytes',
    'content-type': object.contentType ?? contentTypeOf(object.path),
    'content-disposition': contentDispositionOf(object.path),
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
  }
}

/** The type by the file's ending; `application/octet-stream` where it says nothing. */
export function contentTypeOf(path: string): string {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(contentTypes, ending) ? (contentTypes[ending] ?? '') : 'application/octet-stream'
}

/** A download under the path's last part (RFC 6266): in ASCII for old clients, and whole for the others where they differ. */
export function contentDispositionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const ascii = name.normalize('NFKD').replaceAll(/[^\u0020-\u007e]/g, '') || 'download'
  const quoted = /^[\w.+!#$&^`|~-]+$/.test(ascii) ? ascii : `"${ascii.replaceAll(/["\\]/g, (found) => `\\${found}`)}"`
  return ascii === name
    ? `attachment; filename=${quoted}`
    : `attachment; filename=${quoted}; filename*=UTF-8''${encoded(name)}`
}

function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`)
}

function isNamed(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === tag)
}

/** A client that goes on with what it has gets the whole file when it is another by now. */
function wantsRange(request: FastifyRequest, tag: string): boolean {
  const condition = request.headers['if-range']
  return condition === undefined || condition === tag
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

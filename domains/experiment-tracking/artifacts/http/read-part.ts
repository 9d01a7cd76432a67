import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { problem } from '../../model/problems.ts'

/** What the headers of a part say: where it begins, and the digest of its bytes. */
export interface PartHeaders {
  readonly offset: number
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
}

/** Reads `Upload-Offset` and RFC 9530's `Content-Digest`. Throws `upload-headers`. */
export function partHeadersOf(request: FastifyRequest): PartHeaders {
  const offset = String(request.headers['upload-offset'] ?? '')
  if (!/^\d{1,15}$/.test(offset)) {
    throw problem['upload-headers']({ header: 'Upload-Offset', form: 'a number of bytes' })
  }
  const encoded = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(String(request.headers['content-digest'] ?? ''))?.[1]
  if (encoded === undefined) {
    throw problem['upload-headers']({
      header: 'Content-Digest',
      form: 'sha-256=:<base64 of the SHA-256 of its bytes>:',
    })
  }
  return { offset: Number(offset), digest: `sha256:${Buffer.from(encoded, 'base64').toString('hex')}` }
}

/** Reads a part whole. Throws `upload-part` for one of another size, `wrong-digest` for other bytes than announced. */
export async function readPart(body: Readable | Uint8Array, expected: number, announced: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const hash = createHash('sha256')
  let got = 0
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    const bytes = chunk as Uint8Array // binary streams yield bytes
    got += bytes.byteLength
    if (got > expected) throw problem['upload-part']({ expected, got })
    hash.update(bytes)
    chunks.push(bytes)
  }
  if (got !== expected) throw problem['upload-part']({ expected, got })
  const digest = `sha256:${hash.digest('hex')}`
  if (digest !== announced) throw problem['wrong-digest']({ what: 'The part', digest, announced })
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

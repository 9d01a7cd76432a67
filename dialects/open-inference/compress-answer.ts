import { deflateSync, gzipSync } from 'node:zlib'
import type { WireAnswer } from '@millrace/model-serving/plane'

/** Below this, compressing costs more than sending. */
const leastBytes = 4096
/** Above this, it would hold up other callers; large tensors hardly shrink. */
const mostBytes = 1024 * 1024

/** The encoding of `Accept-Encoding` that an answer may go out in: gzip before deflate; undefined where none is asked for. */
export function acceptedEncoding(accept: string | string[] | undefined): 'gzip' | 'deflate' | undefined {
  if (accept === undefined) return undefined
  const weights = new Map<string, number>()
  for (const part of String(accept).split(',')) {
    const [name = '', ...settings] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const quality = settings.find((setting) => setting.startsWith('q='))
    weights.set(name, quality === undefined ? 1 : Number(quality.slice(2)))
  }
  const takes = (name: string) => (weights.get(name) ?? 0) > 0
  if (takes('gzip')) return 'gzip'
  return takes('deflate') ? 'deflate' : undefined
}

/** The answer, compressed where it is worth it. Inference-Header-Content-Length goes on counting what was there before. */
export function compressAnswer(answer: WireAnswer, encoding: 'gzip' | 'deflate'): WireAnswer {
  const { body, headers } = answer
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return answer
  if (body.length < leastBytes || body.length > mostBytes) return answer
  const compressed = encoding === 'gzip' ? gzipSync(body, { level: 1 }) : deflateSync(body, { level: 1 })
  return { ...answer, headers: { ...headers, 'content-encoding': encoding, vary: 'accept-encoding' }, body: compressed }
}

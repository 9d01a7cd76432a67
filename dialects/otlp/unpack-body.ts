import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { otlpProblem } from './otlp-problem.ts'

/** Bytes that a body may unpack to. */
const unpackedLimitBytes = 64 * 1024 * 1024

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate), raw: promisify(inflateRaw) }

/** A body without its Content-Encoding. Throws `otlp/bad-encoding`, `otlp/too-large`. */
export async function unpackBody(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = (encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return body
  if (name === 'gzip') return unpack('gzip', body)
  if (name !== 'deflate')
    throw otlpProblem['bad-encoding']({ reason: `Unsupported Content-Encoding: ${name.slice(0, 50)}` })
  // Some clients leave out deflate's header, which begins with the method 8.
  return unpack((body[0] ?? 0) % 16 === 8 ? 'deflate' : 'raw', body)
}

async function unpack(name: keyof typeof unpackers, body: Buffer): Promise<Buffer> {
  try {
    return await unpackers[name](body, { maxOutputLength: unpackedLimitBytes })
  } catch (error) {
    if (error instanceof RangeError) throw otlpProblem['too-large']({ limitBytes: unpackedLimitBytes })
    const reason = `Failed to decompress ${name === 'gzip' ? 'gzip' : 'deflate'} payload`
    throw otlpProblem['bad-encoding']({ reason }, error)
  }
}

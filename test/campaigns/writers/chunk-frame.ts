import { createHash } from 'node:crypto'

/** A chunk as it is sent: magic, codec, size and stored size, SHA-256, bytes. */
export function frameOf(content: string): Buffer {
  const bytes = Buffer.from(content)
  const head = Buffer.alloc(16)
  head.write('MRC1')
  head.writeUInt32BE(bytes.byteLength, 8)
  head.writeUInt32BE(bytes.byteLength, 12)
  return Buffer.concat([head, createHash('sha256').update(bytes).digest(), bytes])
}

/** The list of files of a version that is one chunk, as it is sent. */
export function manifestOf(version: string, content: string): string {
  const digest = createHash('sha256').update(content).digest('hex')
  const entry = { path: 'data.txt', digest: `sha256:${digest}`, sizeBytes: Buffer.byteLength(content) }
  return `${JSON.stringify({ version, asFiles: true })}\n${JSON.stringify(entry)}\n`
}

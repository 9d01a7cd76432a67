import { isUtf8 } from 'node:buffer'

/**
 * An element of a BYTES tensor as text. UTF-8 is read as such; each byte that is no UTF-8 becomes a lone surrogate
 * U+DC80 to U+DCFF (Python's `surrogateescape`, PEP 383), so that `bytesOfText` gives back the same bytes.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? buffer.toString('utf8') : escaped(buffer)
}

/** The bytes of a text that `textOfBytes` made; of any other text its UTF-8. */
export function bytesOfText(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8')
  const parts = text.split(escapes)
  return Buffer.concat(parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part, 'utf8') : bytesOfEscapes(part))))
}

/** Runs of escaped bytes that are no second half of a pair. */
const escapes = /((?<![\uD800-\uDBFF])[\uDC80-\uDCFF]+)/

function bytesOfEscapes(part: string): Buffer {
  return Buffer.from(Uint8Array.from(part, (escape) => escape.charCodeAt(0) & 0xff))
}

function escaped(bytes: Buffer): string {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const end = validUntil(bytes, at)
    if (end > at) text += bytes.toString('utf8', at, end)
    if (end < bytes.length) text += String.fromCharCode(0xdc00 | (bytes[end] ?? 0))
    at = end + 1
  }
  return text
}

/** Where the UTF-8 that begins at `start` ends. */
function validUntil(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0)
    if (length === 0 || at + length > bytes.length || (length > 1 && !isUtf8(bytes.subarray(at, at + length))))
      return at
    at += length
  }
  return at
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1
  if (lead >= 0xc2 && lead < 0xe0) return 2
  if (lead >= 0xe0 && lead < 0xf0) return 3
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0
}

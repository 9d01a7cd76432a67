import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { bytesOfText, textOfBytes } from './byte-text.ts'

describe('bytes as text', () => {
  it('reads UTF-8 as such', () => {
    expect(textOfBytes(Buffer.from('ä😀'))).toBe('ä😀')
  })
  it('makes a lone surrogate of each byte that is no UTF-8, as Python’s surrogateescape does', () => {
    expect(textOfBytes(Uint8Array.of(0x61, 0xff, 0x80, 0x62))).toBe('a\udcff\udc80b')
    // A surrogate in UTF-8 is none: three bytes.
    expect(textOfBytes(Uint8Array.of(0xed, 0xb2, 0x80))).toBe('\udced\udcb2\udc80')
  })
  it('gives back the same bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect([...bytesOfText(textOfBytes(bytes))]).toEqual([...bytes])
      }),
    )
  })
})

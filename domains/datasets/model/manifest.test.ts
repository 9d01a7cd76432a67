import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrameReader, frameHeadBytes, readFrameHead, writeFrameHead } from './chunk-frame.ts'
import type { ManifestEntry } from './manifest.ts'
import { faultOf, isInside, ManifestEntry as Entry } from './manifest.ts'

const digest = `sha256:${'a'.repeat(64)}`
const hex = 'b'.repeat(64)
const file = (path: string): ManifestEntry => ({ path, digest, sizeBytes: 3 })

describe('a manifest', () => {
  it.each([
    ['no file', [], 'it names no file'],
    ['a path twice', [file('a'), file('a')], '"a" is named twice'],
    ['a file that is a folder', [file('a/b'), file('a')], '"a" is a file, and "a/b" lies below it'],
    ['a link that is a folder', [{ path: 'a', link: 'x' }, file('a/b')], '"a" is a file, and "a/b" lies below it'],
    [
      'a link that leads out',
      [{ path: 'a/l', link: '../../x' }],
      'the link "a/l" leads out of the version, to "../../x"',
    ],
    [
      'an absolute link',
      [{ path: 'l', link: '/etc/passwd' }],
      'the link "l" leads out of the version, to "/etc/passwd"',
    ],
    [
      'chunks that do not add up',
      [
        {
          path: 'a',
          digest,
          sizeBytes: 9,
          chunks: [
            [hex, 4],
            [hex, 4],
          ],
        },
      ],
      'the chunks of "a" hold 8 bytes, not 9',
    ],
    ['one chunk that is none', [{ path: 'a', digest, sizeBytes: 5_000_000 }], '"a" is too large for one chunk'],
  ] as const)('is refused with %s', (_what, entries, fault) => {
    expect(faultOf(entries as unknown as ManifestEntry[])).toBe(fault) // readonly literals
  })
  it('takes plain files, links inside and executable files', () => {
    expect(
      faultOf([file('a/b'), { path: 'c', link: 'a/b' }, { path: 'a/l', link: '../c' }, file('ünï ☃')]),
    ).toBeUndefined()
  })
  it.each(['../a', '/a', 'a/../b', 'a//b', './a', 'a\\b', 'a\u0000', '%2e%2e/a', 'a/%2E%2e/b', '', 'a\nb'])(
    'refuses the path %j',
    (path) => {
      expect(Entry.safeParse({ path, digest, sizeBytes: 1 }).success).toBe(false)
    },
  )
  it('judges links as a file system resolves them', () => {
    const part = fc.constantFrom('..', '.', 'a', 'b', '')
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.nat(3), (parts, depth) => {
        const target = parts.join('/')
        const path = [...Array.from({ length: depth }, (_, index) => `d${index}`), 'link'].join('/')
        fc.pre(target !== '' && !target.startsWith('/'))
        // Never above the root on any step, which is stricter than where it ends.
        fc.pre(isInside(path, target))
        const end = posix.normalize(posix.join('/root', posix.dirname(path), target))
        expect(`${end}/`.startsWith('/root/')).toBe(true)
      }),
    )
  })
})

describe('frames of chunks', () => {
  it('come back whole, in whatever pieces they arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 2000 }),
        (bodies, step) => {
          const frames = bodies.map((body, index) => {
            const head = {
              digest: String(index).repeat(64).slice(0, 64),
              sizeBytes: body.length,
              storedBytes: body.length,
              zstd: false,
            }
            return Buffer.concat([writeFrameHead(head), body])
          })
          const all = Buffer.concat(frames)
          const reader = createFrameReader()
          const read: { digest: string; bytes: Uint8Array }[] = []
          for (let at = 0; at < all.length; at += step) {
            for (const { head, bytes } of reader.push(all.subarray(at, at + step)))
              read.push({ digest: head.digest, bytes })
          }
          expect(reader.waitingBytes()).toBe(0)
          expect(read.map(({ bytes }) => Buffer.from(bytes.subarray(frameHeadBytes)))).toEqual(
            bodies.map((body) => Buffer.from(body)),
          )
        },
      ),
      { numRuns: 100 },
    )
  })
  it('are refused when they are none, or say sizes that no chunk has', () => {
    expect(() => createFrameReader().push(new Uint8Array(100))).toThrow(RangeError)
    const head = { digest: hex, sizeBytes: 5_000_000, storedBytes: 10, zstd: true }
    expect(readFrameHead(writeFrameHead(head))).toBeUndefined()
    expect(readFrameHead(writeFrameHead({ ...head, sizeBytes: 10, storedBytes: 11 }))).toBeUndefined()
    expect(readFrameHead(writeFrameHead({ ...head, sizeBytes: 100, storedBytes: 11 }))).toEqual({
      ...head,
      sizeBytes: 100,
      storedBytes: 11,
    })
  })
})

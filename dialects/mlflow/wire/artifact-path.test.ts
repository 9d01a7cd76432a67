import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mlflowContentType, safeFolder, safePath } from './artifact-path.ts'

describe('a path of artifacts', () => {
  it.each([
    ['model/MLmodel', 'model/MLmodel'],
    ['a%20b', 'a b'],
    ['100%', '100%'],
    ['é/日本語', 'é/日本語'],
    ['..a/b..', '..a/b..'],
  ])('%s is taken as %s', (path, plain) => {
    expect(safePath(path)).toBe(plain)
  })
  it.each([
    '../x',
    'a/../x',
    '%2e%2e/x',
    '%252e%252e%252fx',
    '/etc/x',
    '%2fetc',
    'C:/x',
    'file:///x',
    'a\\b',
    'a#b',
    'a\nb',
    'a%00b',
  ])('%s is refused', (path) => {
    expect(() => safePath(path)).toThrow('Invalid path')
  })
  it('never leads up or away, whatever was encoded', () => {
    const piece = fc.constantFrom('..', '.', '/', '%2e', '%2f', '%25', '2e', 'a', '\\', '%5c')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const found = orUndefined(() => safePath(pieces.join('')))
        expect(found === undefined || !/(^|\/)\.\.(\/|$)|^\/|\\/.test(found)).toBe(true)
      }),
    )
  })
  it('of a folder may end in a slash', () => {
    expect([safeFolder('a/b/'), safeFolder('.'), safeFolder('')]).toEqual(['a/b', '', ''])
  })
  it('has MLflow’s type where its pages show text', () => {
    expect([mlflowContentType('m/MLmodel'), mlflowContentType('a.json'), mlflowContentType('a.png')]).toEqual([
      { contentType: 'text/plain' },
      { contentType: 'text/plain' },
      {},
    ])
  })
})

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

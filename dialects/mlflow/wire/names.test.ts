import { describe, expect, it } from 'vitest'
import { artifactLocation } from './artifact-location.ts'
import { usableName } from './names.ts'

describe('a key', () => {
  it('is a name that may be a file', () => {
    for (const key of ['loss', 'a/b.c-d e:f', 'größe', 'x..y']) expect(usableName(key)).toBe(key)
  })
  it.each([
    ['../x', '../x'],
    ['/a', '/a'],
    ['a//b', 'a/b'],
    ['.', '.'],
    ['a/../b', 'b'],
    ['a/', 'a'],
  ])('%s is refused, since it resolves to %s', (key, resolved) => {
    expect(() => usableName(key)).toThrow(`This name would resolve to '${resolved}'`)
  })
  it('with other characters is refused', () => {
    expect(() => usableName('a$b')).toThrow(/may only contain/)
  })
})

describe('an artifact location', () => {
  it('is taken as it is, and a relative one becomes absolute', () => {
    expect(artifactLocation('s3://bucket/a')).toBe('s3://bucket/a')
    expect(artifactLocation('/srv/a')).toBe('/srv/a')
    expect(artifactLocation('here')).toBe(`${process.cwd()}/here`)
    expect(artifactLocation('file:here')).toBe(`file://${process.cwd()}/here`)
  })
  it.each(['s3://b/a#x', 's3://b/a;x=1', 'http://h/a?p=%252e%252e/x', 'runs:/abc', 'x'.repeat(2049)])(
    'like %.20s is refused',
    (location) => {
      expect(() => artifactLocation(location)).toThrow()
    },
  )
})

import { describe, expect, it } from 'vitest'
import { parseLocation } from './store-location.ts'

describe('a place for files', () => {
  it.each([
    ['/data/runs', { kind: 'disk', path: '/data/runs' }],
    ['file:///data/a%20b', { kind: 'disk', path: '/data/a b' }],
    ['s3://bucket/a/b/?region=eu-central-1', { kind: 's3', bucket: 'bucket', prefix: 'a/b' }],
    ['gs://bucket', { kind: 'google', bucket: 'bucket', prefix: '' }],
    ['wasbs://box@acc.blob.core.windows.net/a', { kind: 'azure', account: 'acc', container: 'box', prefix: 'a' }],
    ['azure://box/a', { kind: 'azure', account: '', container: 'box', prefix: 'a' }],
  ])('%s is read', (text, location) => {
    expect(parseLocation(text)).toMatchObject(location)
  })
  it.each(['relative/path', 'ftp://host/x', 's3:///x', 'file://other-host/x', 'file:///a%2fb', ''])(
    '"%s" is refused with what can be written',
    (text) => {
      expect(() => parseLocation(text)).toThrow('is no place for artifacts that this server knows')
    },
  )
  it('keeps secrets out of its sentence', () => {
    expect(() => parseLocation('hdfs://ann:secret@host/x?key=secret')).toThrow(/^"hdfs:\/\/host\/x"/)
  })
})

import { describe, expect, it } from 'vitest'
import { readTextProto } from '../../formats/model/read-text-proto.ts'
import { pickVersions, readVersionPolicy } from './version-policy.ts'

describe('a version policy', () => {
  it.each([
    ['', [3]],
    ['latest { num_versions: 2 }', [3, 2]],
    ['latest { }', [3]],
    ['all { }', [3, 2, 1]],
    ['specific: { versions: [1, 3] }', [3, 1]],
    ['specific { versions: 2 versions: 7 }', [2]],
  ])('that says "%s" picks of three versions %j', (text, picked) => {
    const message = text === '' ? undefined : readTextProto(text)
    expect(pickVersions(readVersionPolicy(message), [1, 3, 2])).toEqual(picked)
  })
})

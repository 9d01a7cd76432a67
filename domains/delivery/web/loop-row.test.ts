import type { LoopRelease } from '@millrace/delivery/contract'
import { describe, expect, it } from 'vitest'
import { loopRow } from './loop-row.ts'

const names = ['alert', 'retrain', 'validate', 'approve', 'canary', 'promote', 'audit'] as const
type State = LoopRelease['stops'][number]['state']

const release = (...states: readonly State[]): LoopRelease => ({
  id: 'rel_1',
  policy: 'late',
  number: 3,
  model: 'late',
  endpoint: 'late',
  state: 'validating',
  outcome: null,
  suppressed: false,
  sentence: '',
  versionId: null,
  version: null,
  startedAtMs: 0,
  endedAtMs: null,
  stops: names.map((name, at) => ({
    name,
    state: states[at] ?? 'ahead',
    atMs: states[at] === undefined ? null : at * 4_200,
    sentence: null,
    ref: null,
  })),
})

describe('a release as a track of stops', () => {
  it('stands at the first stop that is not done, with what each took', () => {
    const row = loopRow(release('done', 'done', 'running'))
    expect(row).toMatchObject({ at: 2, change: 'validating', to: '/releases/rel_1' })
    expect(row.figures.slice(1)).toEqual(['4.2 s', '4.2 s'])
  })
  it('breaks where it was stopped', () => {
    expect(loopRow(release('done', 'done', 'stopped'))).toMatchObject({ at: 2, broken: true })
  })
  it('closes after the last stop, passing over what it did not need', () => {
    expect(loopRow(release('done', 'skipped', 'done', 'done', 'done', 'done', 'done')).at).toBe(7)
  })
})

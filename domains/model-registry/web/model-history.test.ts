import type { RegistryChange } from '@millrace/model-registry/contract'
import { describe, expect, it } from 'vitest'
import { sentenceOf } from './model-history.tsx'

const change = (more: Partial<RegistryChange>): RegistryChange => ({
  kind: 'alias',
  version: 2,
  subject: 'champion',
  from: null,
  to: null,
  atMs: 0,
  by: { id: 'usr_1', name: 'ann' },
  reason: null,
  ...more,
})

describe('the history of a model in words', () => {
  it('tells an alias that was given, moved and taken away', () => {
    expect(sentenceOf(change({ to: '2' }))).toBe('Alias champion given to v2')
    expect(sentenceOf(change({ from: '1', to: '2' }))).toBe('Alias champion moved from v1 to v2')
    expect(sentenceOf(change({ from: '2', version: null }))).toBe('Alias champion taken from v2')
  })
  it('tells of stages', () => {
    const moved = change({ kind: 'stage', subject: '', from: 'None', to: 'Staging' })
    expect(sentenceOf(moved)).toBe('v2 moved from None to Staging')
  })
})

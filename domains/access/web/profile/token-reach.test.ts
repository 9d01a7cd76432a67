import { describe, expect, it } from 'vitest'
import { expiryOf, scopesOf } from './token-reach.ts'

describe('a new token', () => {
  it('reaches as far as its owner, or as far as is said', () => {
    expect(scopesOf('all', '')).toBeUndefined()
    expect(scopesOf('read', 'write')).toEqual(['read'])
    expect(scopesOf('own', ' datasets:read,\n experiment-tracking:* ')).toEqual([
      'datasets:read',
      'experiment-tracking:*',
    ])
  })
  it('ends after so many days, or never', () => {
    expect(expiryOf('7', 1_000)).toBe(1_000 + 7 * 86_400_000)
    expect(expiryOf('', 1_000)).toBeUndefined()
  })
})

import { expect, it } from 'vitest'
import { mentionsIn, typedMention } from './mentions.ts'

const accounts = [
  { id: 'u1', name: 'Maya' },
  { id: 'u2', name: 'Maya Okafor' },
  { id: 'u3', name: 'jonas' },
]

it('finds who is named, the longest name first', () => {
  expect(mentionsIn('@Maya Okafor and @JONAS, look', accounts)).toEqual(['u2', 'u3'])
  expect(mentionsIn('maya@example.org', accounts)).toEqual([])
})
it('knows which name is being typed', () => {
  expect(typedMention('hello @ma', 9)).toEqual({ from: 6, typed: 'ma' })
  expect(typedMention('a@b', 3)).toBeNull()
  expect(typedMention('hello', 5)).toBeNull()
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { diffLines } from './diff-lines.ts'

it('says which lines went and which came', () => {
  expect(diffLines(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'd', 'e'])).toEqual([' a', '-b', '+x', ' c', ' d', '+e'])
  expect(diffLines([], [])).toEqual([])
})
it('holds both texts, whatever they are', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  fc.assert(
    fc.property(lines, lines, (first, second) => {
      const all = diffLines(first, second)
      const without = (mark: string) => all.filter((line) => !line.startsWith(mark)).map((line) => line.slice(1))
      expect(without('+')).toEqual(first)
      expect(without('-')).toEqual(second)
    }),
  )
})

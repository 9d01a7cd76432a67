import { describe, expect, it } from 'vitest'
import { aggregateUsage } from './aggregate-usage.ts'

const node = (id: string, parentId: string | null, tokens?: number) => ({
  id,
  parentId,
  usage: tokens === undefined ? null : { tokens },
})

describe('what a trace used', () => {
  it('is the sum of the topmost spans that say it', () => {
    const nodes = [
      node('a', null),
      node('b', 'a', 5),
      node('c', 'b', 3),
      node('d', 'a', 2),
      node('e', 'd'),
      node('f', 'e', 1),
    ]
    expect(aggregateUsage(nodes, ['tokens'])).toEqual({ tokens: 7 })
  })
  it('is unknown where no span says anything', () => {
    expect(aggregateUsage([node('a', null)], ['tokens'])).toBeUndefined()
  })
  it('ends on spans that are their own ancestors, and on chains of thousands', () => {
    expect(aggregateUsage([node('a', 'b', 1), node('b', 'a', 1)], ['tokens'])).toBeUndefined()
    const chain = Array.from({ length: 50_000 }, (_, index) => node(`${index}`, index === 0 ? null : `${index - 1}`, 1))
    expect(aggregateUsage(chain, ['tokens'])).toEqual({ tokens: 1 })
  })
})

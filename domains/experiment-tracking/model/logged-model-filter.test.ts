import { describe, expect, it } from 'vitest'
import { parseLoggedModelFilter } from './logged-model-filter.ts'

describe('a filter of logged models', () => {
  it('joins comparisons of attributes, metrics, params and tags', () => {
    const text = "name ILIKE 'M%' and metrics.`val loss` <= -1.5e-3 AND params.lr = '0.1' AND tags.team != \"a\""
    expect(parseLoggedModelFilter(text)).toEqual([
      { entity: 'attribute', key: 'name', comparator: 'ILIKE', value: 'M%' },
      { entity: 'metric', key: 'val loss', comparator: '<=', value: -0.0015 },
      { entity: 'param', key: 'lr', comparator: '=', value: '0.1' },
      { entity: 'tag', key: 'team', comparator: '!=', value: 'a' },
    ])
  })
  it('knows lists and times', () => {
    expect(parseLoggedModelFilter("attributes.name NOT IN ('a', 'b''c') AND creation_time > 5")).toEqual([
      { entity: 'attribute', key: 'name', comparator: 'NOT IN', value: ['a', "b'c"] },
      { entity: 'attribute', key: 'creation_time', comparator: '>', value: 5 },
    ])
    expect(parseLoggedModelFilter('  ')).toEqual([])
  })
  it.each([
    ["name = 'a' OR name = 'b'", /separated by 'AND'/],
    ["models.x = 'a'", /Invalid entity type: 'models'/],
    ["foo = 'a'", /Invalid attribute key 'foo'/],
    ["name > 'a'", /Invalid comparison operator for name: '>'/],
    ["metrics.a LIKE 'a'", /Invalid comparison operator for metrics.a: 'LIKE'/],
    ["metrics.a = 'a'", /Expected a number for metrics.a/],
    ["name IN 'a'", /take a list/],
    ["name = 'a' AND", /separated by 'AND'/],
  ])('%s is refused', (text, sentence) => {
    expect(() => parseLoggedModelFilter(text)).toThrow(sentence)
  })
})

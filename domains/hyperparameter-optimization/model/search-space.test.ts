import { describe, expect, it } from 'vitest'
import { type SearchSpace, searchSpaceFaults } from './search-space.ts'

describe('a search space', () => {
  it('without faults has none', () => {
    const space: SearchSpace = {
      rate: { type: 'float', low: 1e-5, high: 1, log: true },
      depth: { type: 'int', low: 1, high: 12, log: true },
      share: { type: 'float', low: 0, high: 1, step: 0.25 },
      kind: { type: 'categorical', choices: ['a', 'b'] },
    }
    expect(searchSpaceFaults(space)).toEqual([])
  })

  it('says what is wrong, by parameter', () => {
    expect(searchSpaceFaults({})).toEqual(['A search space needs at least one parameter.'])
    expect(
      searchSpaceFaults({
        a: { type: 'float', low: 2, high: 1 },
        b: { type: 'float', low: 0, high: 1, log: true },
        c: { type: 'int', low: 0.5, high: 2 },
        d: { type: 'categorical', choices: [] },
        e: { type: 'categorical', choices: ['x', 'x'] },
        f: { type: 'float', low: 0, high: 1, step: 0 },
        g: { type: 'float', low: Number.NaN, high: 1 },
        h: { type: 'float', low: 1, high: 9, log: true, step: 2 },
        i: { type: 'int', low: 0, high: 9, log: true },
      }),
    ).toEqual([
      'Parameter `a` has its lower bound 2 above its upper bound 1.',
      'Parameter `b` is on a logarithmic scale and cannot start at 0.',
      'Parameter `c` is an int, so its bounds and step must be whole numbers.',
      'Parameter `d` needs at least one choice.',
      'Parameter `e` lists a choice twice.',
      'Parameter `f` needs a step above 0, not 0.',
      'Parameter `g` needs finite bounds.',
      'Parameter `h` cannot have both `log` and `step`.',
      'Parameter `i` is on a logarithmic scale and cannot start at 0.',
    ])
  })
})

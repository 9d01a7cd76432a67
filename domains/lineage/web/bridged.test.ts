import { describe, expect, it } from 'vitest'
import { bridged } from './bridged.ts'

const edges = [
  { from: 'run', to: 'attempt' },
  { from: 'attempt', to: 'step' },
  { from: 'step', to: 'pipeline' },
  { from: 'run', to: 'version' },
]

describe('hiding nodes of a graph', () => {
  it('leads over what is hidden', () => {
    const shown = bridged(edges, new Set(['run', 'pipeline', 'version']))
    expect(shown.map(({ from, to }) => `${from} > ${to}`).toSorted()).toEqual(['run > pipeline', 'run > version'])
  })
  it('leaves out a bridge that says no more than the nodes shown', () => {
    const more = [...edges, { from: 'data', to: 'attempt' }, { from: 'data', to: 'run' }]
    const shown = bridged(more, new Set(['data', 'run', 'pipeline']))
    expect(shown.map(({ from, to }) => `${from} > ${to}`).toSorted()).toEqual(['data > run', 'run > pipeline'])
  })
  it('changes nothing when everything is shown', () => {
    expect(bridged(edges, new Set(['run', 'attempt', 'step', 'pipeline', 'version']))).toHaveLength(4)
  })
})

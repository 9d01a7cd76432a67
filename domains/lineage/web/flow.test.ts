import { describe, expect, it } from 'vitest'
import { causesOf, flowsOf } from './flow.ts'

const at = (kind: string, id: string) => ({ kind, id })
const edges = [
  { from: at('run', 'run1'), type: 'used_data' as const, to: at('dataset-version', 'dsv1'), atMs: 1 },
  { from: at('run', 'run1'), type: 'produced' as const, to: at('model-version', 'ver1'), atMs: 2 },
  { from: at('model-version', 'ver1'), type: 'validated_by' as const, to: at('evidence', 'evd1'), atMs: 3 },
]

describe('the flow of a lineage graph', () => {
  it('runs from data over the run to the version, whichever way the edge was written', () => {
    expect(flowsOf(edges).map(({ from, to }) => [from, to])).toEqual([
      ['dsv1', 'run1'],
      ['run1', 'ver1'],
      ['evd1', 'ver1'],
    ])
  })
  it('finds what a version came from, nearest first', () => {
    expect(causesOf('ver1', flowsOf(edges))).toEqual(['run1', 'evd1', 'dsv1'])
  })
  it('ends although the graph goes in a circle', () => {
    const circle = [
      { from: 'a', to: 'b', type: 'raised' as const, evidence: false, context: undefined },
      { from: 'b', to: 'a', type: 'triggered' as const, evidence: false, context: undefined },
    ]
    expect(causesOf('a', circle)).toEqual(['b'])
  })
})

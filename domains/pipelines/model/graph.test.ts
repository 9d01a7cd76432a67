import { describe, expect, it } from 'vitest'
import { Graph } from './graph-schema.ts'
import { checkGraph } from './graph.ts'

const aStep = (name: string, after: string[] = [], more: object = {}) => ({ name, uses: name, after, ...more })
const check = (steps: unknown[], outputs: unknown = {}) =>
  checkGraph(Graph.parse({ steps, outputs }), { month: { type: 'text' } })

describe('a graph', () => {
  it('is taken when its steps can run one after another', () => {
    expect(() => check([aStep('a'), aStep('b', ['a']), aStep('c', ['a', 'b'])])).not.toThrow()
  })

  it.each([
    [[aStep('a'), aStep('a')], 'two steps are called "a"'],
    [[aStep('a', ['b']), aStep('b', ['a'])], 'the step "a" waits, round in a circle, for itself'],
    [[aStep('a', ['x'])], 'the step "a" comes after "x", which is not there'],
    [
      [aStep('a', [], { inputs: { m: { source: { from: 'parameter', name: 'none' }, kind: { type: 'text' } } } })],
      'takes the parameter "none", which is not declared',
    ],
    [
      [
        aStep('a', [], { inputs: { m: { source: { from: 'step', step: 'b', output: 'x' }, kind: { type: 'text' } } } }),
        aStep('b'),
      ],
      'takes "x" of the step "b", which gives no such output',
    ],
    [
      [
        aStep('a', [], { inputs: { m: { source: { from: 'step', step: 'b', output: 'x' }, kind: { type: 'text' } } } }),
        aStep('b', [], { outputs: { x: { type: 'text' } } }),
      ],
      'takes from "b" without coming after it',
    ],
    [
      [aStep('a', [], { inputs: { m: { source: { from: 'constant', value: 3 }, kind: { type: 'text' } } } })],
      'should be a text, not 3',
    ],
  ])('is refused: %#', (steps, reason) => {
    expect(() => check(steps)).toThrow(reason)
  })

  it('is checked in good time when it is large', () => {
    const steps = Array.from({ length: 10_000 }, (_, index) => aStep(`s${index}`, index === 0 ? [] : [`s${index - 1}`]))
    expect(() => check(steps)).not.toThrow()
  })
})

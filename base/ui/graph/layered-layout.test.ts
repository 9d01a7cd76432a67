import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layeredLayout } from './layered-layout.ts'

const size = { nodeWidth: 140, nodeHeight: 48, columnGap: 20, rowGap: 14 }
const edge = (from: string, to: string, loop = false) => ({ from, to, loop })

describe('the layered layout', () => {
  it('puts what is downstream to the right, a source right before its first use', () => {
    const { places } = layeredLayout(
      ['data', 'code', 'run', 'version', 'policy'],
      [edge('data', 'run'), edge('code', 'run'), edge('run', 'version'), edge('policy', 'version')],
      size,
    )
    expect(places.get('data')?.x).toBe(0)
    expect(places.get('run')?.x).toBe(160)
    expect(places.get('version')?.x).toBe(320)
    expect(places.get('policy')?.x).toBe(160)
  })
  it('does not let a loop back push its target to the right, and survives circles', () => {
    const { places } = layeredLayout(['run', 'alert'], [edge('run', 'alert'), edge('alert', 'run', true)], size)
    expect(places.get('run')?.x).toBe(0)
    expect(
      layeredLayout(['a', 'b', 'c'], [edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('a', 'a')], size).places
        .size,
    ).toBe(3)
  })
  it('leads a long edge through the columns between', () => {
    const { bends } = layeredLayout(['a', 'b', 'c'], [edge('a', 'b'), edge('b', 'c'), edge('a', 'c')], size)
    expect(bends.get('a→c')).toHaveLength(1)
  })
  it('never lets two nodes overlap, and every edge leads right', () => {
    const graphs = fc.integer({ min: 1, max: 24 }).chain((count) => {
      const ids = Array.from({ length: count }, (_, at) => `n${at}`)
      const pick = fc.constantFrom(...ids)
      return fc.record({
        ids: fc.constant(ids),
        edges: fc.array(fc.record({ from: pick, to: pick }), { maxLength: 40 }),
      })
    })
    fc.assert(
      fc.property(graphs, ({ ids, edges }) => {
        const { places, height } = layeredLayout(ids, edges, size)
        expect(places.size).toBe(ids.length)
        const all = [...places.values()]
        for (const [at, a] of all.entries()) {
          expect(a.y).toBeGreaterThanOrEqual(-1e-6)
          expect(a.y + size.nodeHeight).toBeLessThanOrEqual(height + 1e-6)
          const sameColumn = all.slice(at + 1).filter((b) => b.x === a.x)
          expect(sameColumn.every((b) => Math.abs(a.y - b.y) >= size.nodeHeight - 1e-6)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })
})

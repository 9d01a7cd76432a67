import type { LineageGraph } from '@millrace/lineage/contract'
import { describe, expect, it } from 'vitest'
import { threadOf } from './load-thread.ts'

const root = { kind: 'run', id: 'run1' }
const graph = (nodes: LineageGraph['nodes']): LineageGraph => ({
  root,
  nodes: [{ ...root, title: 'calm-river', href: '/experiments/e/runs/run1' }, ...nodes],
  edges: [],
  truncated: false,
})

describe('the thread of a run', () => {
  const thread = threadOf(
    graph([
      { kind: 'dataset-version', id: 'dsv1', title: 'flights@jan', href: '/datasets/flights/versions/jan' },
      { kind: 'dataset-version', id: 'dsv0', title: 'flights@all' },
      { kind: 'code-version', id: 'code1', title: 'pipeline.ts' },
    ]),
    graph([
      { kind: 'model-version', id: 'ver1', title: 'flight-delay v1', href: '/models/flight-delay?version=1' },
      { kind: 'window', id: 'win1', title: 'quality, 2001-05-01', href: '/monitors/quality' },
      { kind: 'incident', id: 'inc1', title: 'Performance', href: '/incidents/inc1', state: 'open' },
    ]),
  )
  it('shows the nearest of each stop in the order of the loop', () => {
    expect(thread.map((stop) => [stop.kind, stop.name])).toEqual([
      ['Dataset', 'flights@jan'],
      ['Code', 'pipeline.ts'],
      ['Run', 'calm-river'],
      ['Version', 'flight-delay v1'],
      ['Monitor', 'quality'],
      ['Incident', 'Performance'],
    ])
  })
  it('marks where one is and what is wrong', () => {
    expect(thread.filter((stop) => stop.current).map((stop) => stop.kind)).toEqual(['Run'])
    expect(thread.filter((stop) => stop.tone === 'bad').map((stop) => stop.kind)).toEqual(['Incident'])
  })
  it('opens the graph where a thing has no page', () => {
    expect(thread.find((stop) => stop.kind === 'Code')?.to).toBe('/lineage/code-version/code1')
  })
})

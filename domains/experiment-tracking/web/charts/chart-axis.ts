import type { XAxis } from '../load-curves.ts'
import type { ExperimentState } from '../experiment-state.ts'

/** What the charts of an address have on their x axis, and between which values. */
export function axisOf({ x, zoom }: Pick<ExperimentState, 'x' | 'zoom'>): XAxis {
  const [from, to] = zoom.split('..').map((part) => (part === '' ? Number.NaN : Number(part)))
  const range = Number.isFinite(from) && Number.isFinite(to) ? { from: Number(from), to: Number(to) } : null
  return { x: x.startsWith('metrics.') ? { metric: x.slice(8) } : kindOf(x), range }
}

function kindOf(x: string): 'step' | 'time' | 'relative-time' {
  if (x === 'wall') return 'time'
  return x === 'time' ? 'relative-time' : 'step'
}

/** How the axis is called in names and tips. */
export function axisName(x: string): string {
  if (x === 'wall') return 'time'
  if (x === 'time') return 'seconds since start'
  return x.startsWith('metrics.') ? x.slice(8) : 'step'
}

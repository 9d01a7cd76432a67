import type { ShownSeries } from '@millrace/experiment-tracking/contract'
import type { Api } from '@millrace/ui/data'

/** One metric of one run, by step: every extreme is there, also where not every point is. */
export interface Curve {
  run: string
  metric: string
  /** Points on the server. */
  total: number
  /** Those of them that lie in the range asked for. */
  inRange: number
  x: readonly number[]
  y: readonly (number | null)[]
}

/** What stands on the x axis, and between which values of it. */
export interface XAxis {
  readonly x: 'step' | 'time' | 'relative-time' | { readonly metric: string }
  readonly range: { readonly from: number; readonly to: number } | null
}

const BY_STEP: XAxis = { x: 'step', range: null }

/** As many as one request answers. */
const MOST_RUNS = 100
/** Pixel columns of the widest chart. */
const BUCKETS = 500

/** Curves of some runs for some metrics; those that a run has not are left out. */
export async function loadSeries(
  api: Api,
  runs: readonly string[],
  keys: readonly string[],
  signal: AbortSignal,
  { x, range }: XAxis = BY_STEP,
): Promise<Curve[]> {
  if (keys.length === 0) return []
  const parts = Array.from({ length: Math.ceil(runs.length / MOST_RUNS) }, (_, part) =>
    runs.slice(part * MOST_RUNS, (part + 1) * MOST_RUNS),
  )
  const answers = await Promise.all(
    parts.map((part) =>
      api.post<{ series: readonly ShownSeries[] }>(
        'runs/series',
        { runs: part, keys, x, buckets: BUCKETS, ...range },
        { signal },
      ),
    ),
  )
  const scale = x === 'relative-time' ? 1000 : 1
  return answers.flatMap(({ series }) => series).map((series) => curveOf(series, scale))
}

/** One metric of one run; empty where it has none. */
export async function loadCurve(
  api: Api,
  run: string,
  metric: string,
  signal: AbortSignal,
): Promise<Pick<Curve, 'x' | 'y'>> {
  const [curve] = await loadSeries(api, [run], [metric], signal)
  return curve ?? { x: [], y: [] }
}

function curveOf({ runId, key, total, inRange, x, y }: ShownSeries, scale: number): Curve {
  return { run: runId, metric: key, total, inRange, x: x.map((value) => Number(value) / scale), y: y.map(plotted) }
}

// A gap, where a value is no number that can be drawn.
function plotted(value: ShownSeries['y'][number]): number | null {
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

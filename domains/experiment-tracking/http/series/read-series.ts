import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CallContext, Runtime } from '@millrace/kernel'
import type { z } from 'zod'
import type * as contract from '../../contract.ts'
import type { SeriesAxis } from '../../contract.ts'
import type { OverX } from '../../model/series/axis.ts'
import { between, overMetric, overRelativeTime, overStep, overTime } from '../../model/series/axis.ts'
import type { Drawn } from '../../model/series/buckets.ts'
import { drawnPoints } from '../../model/series/buckets.ts'
import type { Points } from '../../model/series/points.ts'
import { mayRead, metricsOf } from './read-points.ts'

type Wish = z.output<(typeof contract.readSeries)['input']>

/** One series of a chart, as columns. */
export interface DrawnSeries extends Drawn {
  readonly runId: string
  readonly key: string
  readonly total: number
  readonly inRange: number
}

/**
 * Series of several runs at the resolution of a screen, run by run, in the order asked for; keys a run has not are left out.
 * The event loop gets its turn after every run. Throws `access/forbidden`.
 */
export async function readSeries(
  runtime: Pick<Runtime, 'runner' | 'database' | 'authorize'>,
  context: CallContext,
  { runs, keys, x, from, to, buckets }: Wish,
): Promise<DrawnSeries[]> {
  const metrics = metricsOf(runtime, context)
  const found: DrawnSeries[] = []
  for (const runId of runs) {
    await mayRead(runtime, context, runId)
    const axis = typeof x === 'string' ? undefined : await metrics.whole(runId, x.metric)
    for (const [key, points] of await metrics.wholes(runId, keys)) {
      const range = between(overX(points, x, axis), from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY)
      const drawn = drawnPoints(range.x, range.y, buckets)
      found.push({ runId, key, total: points.length, inRange: range.x.length, ...drawn })
    }
    await nextTurn()
  }
  return found
}

function overX(points: Points, x: SeriesAxis, axis: Points | undefined): OverX {
  if (axis !== undefined) return overMetric(points, axis)
  if (x === 'step') return overStep(points)
  return x === 'relative-time' ? overRelativeTime(points) : overTime(points)
}

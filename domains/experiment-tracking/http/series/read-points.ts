import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { pointOfToken, tokenAfter } from '../../model/series/page-token.ts'
import type { Points } from '../../model/series/points.ts'
import { slicePoints } from '../../model/series/points.ts'
import { problem } from '../../model/problems.ts'
import { storeOf } from '../../store/tracking.ts'

type Reader = Pick<Runtime, 'runner' | 'database' | 'authorize'>

/** Which metric of which run. */
export interface MetricName {
  readonly id: string
  readonly key: string
}

/** A page of a metric's points as columns, by step or by time, for those who write their own JSON. An unknown run has none. */
export async function readMetricPage(
  runtime: Reader,
  context: CallContext,
  wish: MetricName & { order: 'step' | 'time'; limit: number; pageToken?: string | undefined },
): Promise<{ points: Points; total: number; nextPageToken: string | undefined }> {
  const { id, key, order, limit, pageToken } = wish
  await mayRead(runtime, context, id)
  const metrics = metricsOf(runtime, context)
  const { points, total } = await metrics.page(id, key, { order, limit, after: pointOfToken(pageToken) })
  const nextPageToken = points.length > limit ? tokenAfter(points, limit - 1) : undefined
  return { points: slicePoints(points, 0, Math.min(limit, points.length)), total, nextPageToken }
}

/** All points of a metric as columns, by step. An unknown run has none. */
export async function readMetricPoints(
  runtime: Reader,
  context: CallContext,
  { id, key }: MetricName,
): Promise<Points> {
  await mayRead(runtime, context, id)
  return metricsOf(runtime, context).whole(id, key)
}

/** The metrics of the caller's workspace, as they are committed. */
export function metricsOf(runtime: Reader, context: CallContext) {
  return storeOf(runtime.database.reader, context.workspace).metrics
}

/** Throws `access/forbidden` when the caller may not read the run. */
export async function mayRead(runtime: Reader, context: CallContext, id: string): Promise<void> {
  await runtime.authorize(runtime.runner.readScope(context), 'experiment-tracking:read', ref('run', id))
}

/** Throws `experiment-tracking/run-not-found`. */
export async function mustExist(runtime: Reader, context: CallContext, id: string): Promise<void> {
  const run = await storeOf(runtime.database.reader, context.workspace).runs.find(id)
  if (run === undefined) throw problem['run-not-found']({ id })
}

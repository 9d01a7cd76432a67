import * as contract from '../../contract.ts'
import { at, slicePoints } from '../../model/series/points.ts'
import { pointOfToken, tokenAfter } from '../../model/series/page-token.ts'
import { shownPoint } from '../../model/series/shown-points.ts'
import { query } from '../../store/tracking.ts'
import { findRun } from '../find-run.ts'

/** A page of a metric's points. Throws `run-not-found`, `bad-page-token`. */
export const readMetricHistory = query(contract.readMetricHistory, async ({ store, input }) => {
  const { id, key, order, limit, pageToken } = input
  await findRun(store, id)
  const { points, total } = await store.metrics.page(id, key, { order, limit, after: pointOfToken(pageToken) })
  const page = slicePoints(points, 0, Math.min(limit, points.length))
  const more = points.length > limit ? { nextPageToken: tokenAfter(points, limit - 1) } : {}
  return { points: Array.from({ length: page.length }, (_, i) => shownPoint(page, i)), total, ...more }
})

/** Where metrics stood at a step. Throws `run-not-found`. */
export const readMetricsAt = query(contract.readMetricsAt, async ({ store, input }) => {
  const { id, step } = input
  await findRun(store, id)
  const keys = input.keys ?? (await store.metrics.keys(id))
  const metrics: Record<string, ReturnType<typeof shownPoint>> = {}
  for (const key of keys) {
    const points = await store.metrics.near(id, key, step)
    let last = points.length - 1
    while (last >= 0 && at(points.steps, last) > step) last -= 1
    if (last >= 0) metrics[key] = shownPoint(points, last)
  }
  return { metrics }
})

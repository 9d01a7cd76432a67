import { ref } from '@millrace/contract'
import type { CallOf } from '@millrace/contract'
import type { Scope } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import { toNumber } from '../../model/metric-value.ts'
import { problem } from '../../model/problems.ts'
import type { Points } from '../../model/series/points.ts'
import { at, concatPoints, noPoints, pickPoints, sortPoints } from '../../model/series/points.ts'
import { shownPoint } from '../../model/series/shown-points.ts'
import { shownSummary } from '../../model/series/shown-summary.ts'
import { pointAt, pointsOf, summarise } from '../../model/series/summary.ts'
import { toWide } from '../../model/series/wide.ts'
import { settleIn } from '../../store/settle.ts'
import type { TrackingStore } from '../../store/tracking.ts'
import { action } from '../../store/tracking.ts'
import { findWritableRun } from '../find-run.ts'

type Change = CallOf<typeof contract.editMetric>['changes'][number]

/** Corrects points of a metric; what they were stays in the audit. Throws `point-not-found`, `run-deleted`, `run-not-found`. */
export const editMetric = action(contract.editMetric, async ({ store, input, scope }) => {
  const { id, key, changes, reason } = input
  const before = await settledSeries({ store, scope }, id, key)
  let points = before
  const were: ReturnType<typeof shownPoint>[] = []
  for (const change of changes) {
    const places = placesOf(points, change)
    if (places.length === 0) throw problem['point-not-found']({ key, step: String(change.step) })
    for (const place of places) were.push(shownPoint(points, place))
    points = changed(points, places, change.to)
  }
  const sorted = sortPoints(points)
  await store.metrics.replace(id, key, sorted)
  return {
    answer: { changed: were.length, total: sorted.length },
    audit: {
      object: ref('run', id),
      before: { metric: key, points: were },
      after: { metric: key, changes },
      ...(reason === undefined ? {} : { reason }),
    },
  }
})

/** Deletes a metric, or its points between two steps. Throws `metric-not-found`, `run-deleted`, `run-not-found`. */
export const deleteMetric = action(contract.deleteMetric, async ({ store, input, scope }) => {
  const { id, key, reason } = input
  const [from, to] = [input.fromStep ?? Number.NEGATIVE_INFINITY, input.toStep ?? Number.POSITIVE_INFINITY]
  const points = await settledSeries({ store, scope }, id, key)
  const kept = Array.from({ length: points.length }, (_, i) => i).filter(
    (i) => at(points.steps, i) < from || at(points.steps, i) > to,
  )
  if (kept.length === points.length) throw problem['metric-not-found']({ key, id })
  const rest = kept.length === 0 ? noPoints : pickPoints(points, kept)
  await store.metrics.replace(id, key, rest)
  return {
    answer: { deleted: points.length - rest.length, total: rest.length },
    audit: {
      object: ref('run', id),
      before: { metric: key, ...shownOrNothing(points) },
      after: { metric: key, ...shownOrNothing(rest) },
      ...(reason === undefined ? {} : { reason }),
    },
  }
})

function shownOrNothing(points: Points): object {
  const summary = summarise(undefined, points)
  return summary === undefined ? { points: 0 } : shownSummary(summary)
}

async function settledSeries(
  { store, scope }: { store: TrackingStore; scope: Scope },
  id: string,
  key: string,
): Promise<Points> {
  await findWritableRun(store, id)
  await settleIn(scope, [id])
  return store.metrics.whole(id, key)
}

function placesOf(points: Points, { step, timestampMs, value }: Change): number[] {
  const [wantedStep, time] = [toWide(step), timestampMs === undefined ? undefined : toWide(timestampMs)]
  const number = value === undefined ? undefined : toNumber(value)
  return Array.from({ length: points.length }, (_, i) => i).filter((i) => {
    const point = pointAt(points, i)
    if (point.step.high !== wantedStep?.high || point.step.low !== wantedStep.low) return false
    if (time !== undefined && (point.at.high !== time.high || point.at.low !== time.low)) return false
    return number === undefined || Object.is(point.value, number) || point.value === number
  })
}

function changed(points: Points, places: readonly number[], to: Change['to']): Points {
  const gone = new Set(places)
  const rest = pickPoints(
    points,
    Array.from({ length: points.length }, (_, i) => i).filter((i) => !gone.has(i)),
  )
  if (to === null) return rest
  const moved = places.map((place) => {
    const point = pointAt(points, place)
    return pointsOf({
      step: (to.step === undefined ? undefined : toWide(to.step)) ?? point.step,
      at: (to.timestampMs === undefined ? undefined : toWide(to.timestampMs)) ?? point.at,
      value: to.value === undefined ? point.value : toNumber(to.value),
    })
  })
  return sortPoints(concatPoints([rest, ...moved]))
}

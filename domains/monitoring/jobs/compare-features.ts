import type { DriftFigure, Histogram, MonitorSpec, QualityCheck } from '../contract.ts'
import { usable } from '../model/column-statistics.ts'
import type { Distances } from '../model/drift.ts'
import { judgeDrift } from '../model/drift.ts'
import type { SeenFeature } from '../model/quality.ts'
import { qualityChecks } from '../model/quality.ts'
import { confirmsScale, guessScale } from '../model/scale-fault.ts'
import type { ColumnValues } from './column-values.ts'
import type { Counted } from './count-jointly.ts'
import { countJointly, rescaledDistance } from './count-jointly.ts'
import type { MonitoringTools } from './monitoring-tools.ts'
import type { ColumnPlan, PlannedFeature, ReferenceTable } from './plan-columns.ts'
import type { WindowColumn } from './window-columns.ts'
import { describeColumns } from './window-columns.ts'

export interface Compared {
  readonly drift: DriftFigure[]
  readonly quality: QualityCheck[]
  readonly histograms: Record<string, Histogram>
}

/** Histograms with more bins than this are not kept: nobody reads them, and every window would carry them. */
const mostKeptBins = 200

interface Comparison {
  readonly path: string
  readonly plan: ColumnPlan
  readonly reference: ReferenceTable
  readonly spec: MonitorSpec
}

interface ComparedFeature {
  readonly planned: PlannedFeature
  readonly window: WindowColumn
  readonly reference: ColumnValues
  readonly counted: Counted
}

/** Holds every input of a window against the reference: distances, quality checks, histograms. */
export async function compareFeatures(tools: MonitoringTools, comparison: Comparison): Promise<Compared> {
  const { path, plan, reference, spec } = comparison
  const { analytics } = tools.runtime
  const references: ColumnValues[] = []
  for (const { feature, type, kind } of plan.features) {
    const origin = { of: reference.versionId, column: feature, type, kind, table: reference.table }
    references.push(await tools.readColumnValues(origin))
  }
  const columns = plan.features.flatMap((planned, index) => {
    const values = references[index]
    return values === undefined ? [] : [{ planned, reference: values }]
  })
  const described = await describeColumns(
    analytics,
    path,
    columns.map(({ planned, reference: values }) => ({ as: planned.as, type: planned.type, reference: values })),
  )
  const compared: ComparedFeature[] = []
  for (const [index, { planned, reference: values }] of columns.entries()) {
    const window = described[index]
    if (window === undefined) continue
    const counted = await countJointly(analytics, { path, as: planned.as, window, reference: values })
    compared.push({ planned, window, reference: values, counted })
  }
  const distances = await tools.thread.distancesOf(compared.map(({ counted }) => counted.counts))
  return judge(tools, { path, compared, distances, spec, against: reference.title })
}

async function judge(
  tools: MonitoringTools,
  found: {
    readonly path: string
    readonly compared: readonly ComparedFeature[]
    readonly distances: readonly Distances[]
    readonly spec: MonitorSpec
    readonly against: string
  },
): Promise<Compared> {
  const { path, compared, distances, spec, against } = found
  const result: Compared = { drift: [], quality: [], histograms: {} }
  for (const [index, one] of compared.entries()) {
    const distance = distances[index]
    if (distance === undefined) continue
    const { feature } = one.planned
    result.drift.push(judgeDrift({ feature, of: 'input', against }, one.counted.counts, distance, spec.drift))
    const scale = await scaleOf(tools, path, one, distance, spec)
    const { statistics: current, outside } = one.window
    const seen = { feature, reference: one.reference.statistics, current, outside, unseen: one.counted.unseen, scale }
    result.quality.push(...qualityChecks(seen, spec.quality))
    const kept = one.counted.histogram.current.length <= mostKeptBins
    if (kept) result.histograms[feature] = one.counted.histogram
  }
  return result
}

/** Another unit, where the quantiles suggest one and the rescaled column lies on the reference. */
async function scaleOf(
  tools: MonitoringTools,
  path: string,
  { planned, window, reference }: ComparedFeature,
  { ksEffect }: Distances,
  spec: MonitorSpec,
): Promise<SeenFeature['scale']> {
  const [usual, current] = [reference.statistics, window.statistics]
  if (usual.kind !== 'number' || current.kind !== 'number' || ksEffect === null) return undefined
  const guess = guessScale(usual, current, spec.quality.rangeFactor)
  if (guess === undefined) return undefined
  const sample = { path, as: planned.as, window, reference }
  const rescaledD = await rescaledDistance(tools.runtime.analytics, sample, guess.factor, usual.std / 1000)
  if (!confirmsScale(rescaledD, usable(current), usable(usual))) return undefined
  return { ...guess, rescaledD, d: ksEffect }
}

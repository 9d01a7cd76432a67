import type { CallContext } from '@millrace/kernel'
import { judgeDrift } from '../model/drift.ts'
import type { Span } from '../model/window-bounds.ts'
import type { ColumnOrigin } from './column-values.ts'
import type { Compared } from './compare-features.ts'
import { countJointly } from './count-jointly.ts'
import type { WindowTask } from './measure-window.ts'
import type { MonitoringTools } from './monitoring-tools.ts'
import type { ColumnPlan, ReferenceTable } from './plan-columns.ts'
import { identifier, kindOf, literal, parquetOf } from './sql-text.ts'
import { describeColumns } from './window-columns.ts'

interface OutputComparison {
  readonly path: string
  readonly plan: ColumnPlan
  readonly reference: ReferenceTable
  readonly task: WindowTask
}

/**
 * Holds the score against the reference's column of that name or, where it has none (most data sets hold no model's
 * answers), against the monitor's first window, which then itself has no figure.
 */
export async function compareOutput(
  tools: MonitoringTools,
  context: CallContext,
  comparison: OutputComparison,
): Promise<Pick<Compared, 'drift' | 'histograms'>> {
  const { path, plan, task } = comparison
  const { score } = plan
  if (score === undefined) return { drift: [], histograms: {} }
  const { origin, against, isItself } = originOf(tools, context, comparison, score)
  const values = await tools.readColumnValues(origin)
  if (isItself) return { drift: [], histograms: {} }
  const { analytics } = tools.runtime
  const [window] = await describeColumns(analytics, path, [{ as: 'score', type: score.type, reference: values }])
  if (window === undefined) return { drift: [], histograms: {} }
  const { counts, histogram } = await countJointly(analytics, { path, as: 'score', window, reference: values })
  const [distances] = await tools.thread.distancesOf([counts])
  if (distances === undefined) return { drift: [], histograms: {} }
  const column = { feature: score.name, of: 'output' as const, against }
  return {
    drift: [judgeDrift(column, counts, distances, task.monitor.spec.drift)],
    histograms: { [score.name]: histogram },
  }
}

type Score = NonNullable<ColumnPlan['score']>

function originOf(
  tools: MonitoringTools,
  context: CallContext,
  { path, reference, task }: OutputComparison,
  score: Score,
): { origin: ColumnOrigin; against: string; isItself: boolean } {
  const base = { type: score.type, kind: 'number' as const }
  const inReference = reference.columns.get(score.name)
  if (inReference !== undefined && kindOf(inReference) === 'number') {
    const origin = { ...base, of: reference.versionId, column: score.name, table: reference.table }
    return { origin, against: reference.title, isItself: false }
  }
  const first = task.firstSpan ?? task.span
  const isItself = first.fromMs === task.span.fromMs
  const origin = {
    ...base,
    of: JSON.stringify([context.workspace, task.monitor.id, task.monitor.spec.endpoint, first.fromMs, score.logged]),
    column: isItself ? 'score' : score.logged,
    table: isItself
      ? async () => `read_parquet(${literal(path)})`
      : () => firstWindow(tools, context, task, first, score),
  }
  return { origin, against: `the first window, from ${new Date(first.fromMs).toISOString().slice(0, 10)}`, isItself }
}

async function firstWindow(
  { predictions }: MonitoringTools,
  context: CallContext,
  { monitor }: WindowTask,
  first: Span,
  score: Score,
): Promise<string> {
  const files = await predictions.predictionWindow({ endpoint: monitor.spec.endpoint, ...first }, context)
  return `(select ${identifier(score.logged)} from ${parquetOf(files.predictions)}
    where event_time_ms >= ${first.fromMs} and event_time_ms < ${first.toMs} and role <> 'shadow')`
}

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallContext } from '@millrace/kernel'
import type { MonitorSpec, WindowFigures } from '../contract.ts'
import { performanceOf } from '../model/performance.ts'
import { missingFeature } from '../model/quality.ts'
import type { Span } from '../model/window-bounds.ts'
import { compareFeatures } from './compare-features.ts'
import { compareOutput } from './compare-output.ts'
import type { MonitoringTools } from './monitoring-tools.ts'
import type { ColumnPlan, ReferenceTable } from './plan-columns.ts'
import { planColumns, referenceTable } from './plan-columns.ts'
import type { PredictionFiles } from './prediction-source.ts'
import { referenceRate } from './reference-rate.ts'
import { sumPerformance } from './sum-performance.ts'
import { deploymentsOf } from './window-columns.ts'
import { labelOrder, loggedColumns, writeWindowFile } from './window-file.ts'

/** What is to be measured. */
export interface WindowTask {
  readonly monitor: { readonly id: string; readonly name: string; readonly spec: MonitorSpec }
  readonly referenceVersionId: string
  readonly span: Span
  readonly files: PredictionFiles
  /** The monitor's first window; undefined while that is the one being measured. */
  readonly firstSpan: Span | undefined
}

/** Measures everything of a window. */
export async function measureWindow(
  tools: MonitoringTools,
  context: CallContext,
  task: WindowTask,
): Promise<WindowFigures> {
  return withWindowFile(tools, context, task, 'everything', async (path, plan, reference) => {
    const { analytics } = tools.runtime
    const compared = await compareFeatures(tools, { path, plan, reference, spec: task.monitor.spec })
    const output = await compareOutput(tools, context, { path, plan, reference, task })
    const performance = await measurePerformance(tools, task, path, plan, reference)
    return {
      fromMs: task.span.fromMs,
      toMs: task.span.toMs,
      rows: performance.rows,
      labelled: performance.labelled,
      deployments: await deploymentsOf(analytics, path),
      drift: [...compared.drift, ...output.drift],
      quality: [...plan.missing.map(missingFeature), ...compared.quality],
      performance: performance.figures,
      histograms: { ...compared.histograms, ...output.histograms },
    }
  })
}

/** Measures again what labels change, and keeps the rest of what is known. */
export async function measureLabels(
  tools: MonitoringTools,
  context: CallContext,
  task: WindowTask,
  known: WindowFigures,
): Promise<WindowFigures> {
  return withWindowFile(tools, context, task, 'performance', async (path, plan, reference) => {
    const { labelled, figures } = await measurePerformance(tools, task, path, plan, reference)
    return { ...known, labelled, performance: figures }
  })
}

async function measurePerformance(
  tools: MonitoringTools,
  { monitor: { spec } }: WindowTask,
  path: string,
  plan: ColumnPlan,
  reference: ReferenceTable,
) {
  const { analytics } = tools.runtime
  const hasScore = plan.score !== undefined
  const { rows, labelled, sums } = await sumPerformance(analytics, path, { hasScore, threshold: spec.label.threshold })
  const rate = await referenceRate(tools, reference, spec.labelColumn)
  return { rows, labelled, figures: performanceOf(sums, rate) }
}

type Measure<T> = (path: string, plan: ColumnPlan, reference: ReferenceTable) => Promise<T>

/** Writes the window's rows to a file for as long as `measure` works. */
async function withWindowFile<T>(
  tools: MonitoringTools,
  context: CallContext,
  task: WindowTask,
  what: 'everything' | 'performance',
  measure: Measure<T>,
): Promise<T> {
  const { runtime, workFolder } = tools
  const { analytics } = runtime
  const logged = await loggedColumns(analytics, task.files.predictions)
  const reference = await referenceTable(runtime, context, task.referenceVersionId)
  const plan = planColumns(task.monitor, logged, reference)
  const labelsBy = task.files.labels.length === 0 ? '' : await labelOrder(analytics, task.files.labels)
  const score = plan.score === undefined ? [] : [{ logged: plan.score.logged, as: 'score', kind: 'number' as const }]
  const columns = [...(what === 'everything' ? plan.features : []), ...score]
  await mkdir(workFolder, { recursive: true })
  const path = join(workFolder, `${runtime.newId('work')}.parquet`)
  try {
    await writeWindowFile(analytics, task.files, task.span, { path, columns, labelsBy })
    return await measure(path, plan, reference)
  } finally {
    await rm(path, { force: true })
  }
}

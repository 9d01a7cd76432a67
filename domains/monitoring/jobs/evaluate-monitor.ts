import { createHash } from 'node:crypto'
import type { CallContext } from '@millrace/kernel'
import type { WindowFigures } from '../contract.ts'
import * as contract from '../contract.ts'
import { recordWindow } from '../actions/record-window.ts'
import { readWindow } from '../actions/read-windows.ts'
import type { Span } from '../model/window-bounds.ts'
import { closableUntilMs, completeUntilMs, windowAt } from '../model/window-bounds.ts'
import type { StoredMonitor } from '../store/monitor-rows.ts'
import { storeOf } from '../store/monitoring-store.ts'
import type { StoredWindow } from '../store/window-rows.ts'
import type { WindowTask } from './measure-window.ts'
import { measureLabels, measureWindow } from './measure-window.ts'
import type { MonitoringTools } from './monitoring-tools.ts'
import type { PredictionFiles } from './prediction-source.ts'
import { occupiedWindows } from './window-file.ts'

const { problem } = contract

/** What an evaluation did. */
export interface Evaluation {
  readonly windows: string[]
  readonly remeasured: string[]
  readonly alerts: string[]
  readonly watermarkMs: number | null
}

/** A window to measure: a new one, or a known one whose files changed. */
interface Due {
  readonly span: Span
  readonly known?: StoredWindow
}

const beginningMs = -8_640_000_000_000_000

/**
 * Closes the windows that the watermark (or `untilMs`) has passed and that have rows, oldest first, and measures again
 * those within the horizon whose rows or labels changed. Each is recorded in a transaction of its own, so an evaluation
 * that is cut off leaves whole windows and is taken up by the next. `lastSeen` remembers between calls which files there
 * were, so that nothing is read when nothing came.
 * Throws `monitoring/monitor-not-found`, `monitoring/no-features`, `monitoring/no-such-output`.
 */
export async function evaluateMonitor(
  tools: MonitoringTools,
  context: CallContext,
  input: { readonly name: string; readonly untilMs?: number | undefined },
  lastSeen: Map<string, string>,
): Promise<Evaluation> {
  const store = storeOf(tools.runtime.database.reader, context.workspace)
  const monitor = await store.monitors.find(input.name)
  if (monitor === undefined) throw problem['monitor-not-found']({ name: input.name })
  const { spec } = monitor
  const done: Evaluation = { windows: [], remeasured: [], alerts: [], watermarkMs: null }
  const watermarkMs = await tools.predictions.watermark(spec.endpoint, context)
  if (watermarkMs === undefined) return done
  const byWatermark = closableUntilMs(spec, watermarkMs)
  const untilMs =
    input.untilMs === undefined ? byWatermark : Math.max(byWatermark, completeUntilMs(spec, input.untilMs))
  const sinceMs = Math.max(watermarkMs, untilMs) - spec.horizonMs
  const known = await store.windows.endingAfter(monitor.name, sinceMs)
  const last = await store.windows.last(monitor.name)
  const reach: Span = {
    fromMs: last === undefined ? beginningMs : Math.min(sinceMs, last.toMs),
    // A person may have closed windows that the watermark has not passed.
    toMs: Math.max(untilMs, last?.toMs ?? beginningMs),
  }
  const all = await tools.predictions.predictionWindow({ endpoint: spec.endpoint, ...reach }, context)
  const key = `${context.workspace}/${monitor.name}`
  const seen = digestOf([monitor.updatedAtMs, untilMs, all.predictions, all.labels])
  if (lastSeen.get(key) === seen) return { ...done, watermarkMs }
  const due = await dueWindows(tools, monitor, { known, all, reach, untilMs })
  for (const window of due) await measureDue(tools, context, monitor, window, done)
  lastSeen.set(key, seen)
  return { ...done, watermarkMs }
}

async function dueWindows(
  tools: MonitoringTools,
  { spec }: StoredMonitor,
  found: {
    readonly known: readonly StoredWindow[]
    readonly all: PredictionFiles
    readonly reach: Span
    readonly untilMs: number
  },
): Promise<Due[]> {
  const { known, all, reach, untilMs } = found
  const numbers = await occupiedWindows(tools.runtime.analytics, all.predictions, spec, reach)
  const spans = numbers.map((number) => windowAt(spec, number))
  // Windows of an earlier width stay; the new ones start where they leave off.
  const fresh = spans.filter(
    ({ fromMs, toMs }) =>
      fromMs >= reach.fromMs && toMs <= untilMs && !known.some((one) => one.fromMs < toMs && fromMs < one.toMs),
  )
  const due: Due[] = [...fresh.map((span) => ({ span })), ...known.map((window) => ({ span: window, known: window }))]
  return due.toSorted((left, right) => left.span.fromMs - right.span.fromMs)
}

async function measureDue(
  tools: MonitoringTools,
  context: CallContext,
  monitor: StoredMonitor,
  { span: { fromMs, toMs }, known }: Due,
  done: Evaluation,
): Promise<void> {
  const { name, spec, reference } = monitor
  const files = await tools.predictions.predictionWindow({ endpoint: spec.endpoint, fromMs, toMs }, context)
  const sources = sourcesOf(monitor, files)
  if (known?.sources === sources || files.predictions.length === 0) return
  const { windows } = storeOf(tools.runtime.database.reader, context.workspace)
  const span = { fromMs, toMs }
  const task = { monitor, referenceVersionId: reference.versionId, span, files, firstSpan: await windows.first(name) }
  const figures = await (hasSameRows(known, sources)
    ? followLabels(tools, context, task, known)
    : measureWindow(tools, context, task))
  // Files may cover a span without holding a row of it.
  if (figures.rows === 0) return
  const record = { name, figures, sources, referenceVersionId: reference.versionId }
  const { id, change, fired } = await tools.runtime.runner.act(recordWindow, record, context)
  if (change === 'closed') done.windows.push(id)
  if (change === 'remeasured') done.remeasured.push(id)
  done.alerts.push(...fired)
  const isNewest = (await windows.last(name))?.id === id
  if (isNewest) tools.setGauges({ monitor: name, endpoint: spec.endpoint }, figures)
}

async function followLabels(
  tools: MonitoringTools,
  context: CallContext,
  task: WindowTask,
  known: StoredWindow,
): Promise<WindowFigures> {
  const window = await tools.runtime.runner.ask(readWindow, { id: known.id }, context)
  const figures = contract.WindowFigures.parse({ ...window, histograms: window.histograms ?? {} })
  return measureLabels(tools, context, task, figures)
}

/** Which files, and which question: another spec measures the same rows anew. */
function sourcesOf({ spec, reference }: StoredMonitor, { predictions, labels }: PredictionFiles): string {
  const { features, drift, quality, label, labelColumn } = spec
  const rows = digestOf([reference.versionId, features, drift, quality, label.output, predictions])
  return `${rows}.${digestOf([label, labelColumn, labels])}`
}

function hasSameRows(known: StoredWindow | undefined, sources: string): known is StoredWindow {
  return known !== undefined && known.sources.split('.')[0] === sources.split('.')[0]
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
}

import type { AlertRule, MonitorWindow } from '@millrace/monitoring/contract'
import type { PerformanceView } from './load-monitor.ts'

const names = ['calibrationGap', 'logLoss', 'auc', 'brier', 'accuracy', 'positiveRate', 'meanScore'] as const
export type FigureName = (typeof names)[number]

const NORMAL_95 = 1.959964
const COMPLETE = 0.95

/** The figure of performance that a monitor is watched by: its rule's, else log loss. */
export function watchedFigure(rules: readonly AlertRule[]): FigureName {
  const metric = rules.map((rule) => rule.spec.metric).find((each) => each.startsWith('performance.'))
  return names.find((name) => metric === `performance.${name}`) ?? 'logLoss'
}

/** One window's figure; null without labels. */
export function figureOf(window: MonitorWindow, name: FigureName): number | null {
  return window.performance?.[name] ?? null
}

/** Quality over event time from windows, oldest first. Null when none has labels. */
export function performanceOf(windows: readonly MonitorWindow[], rules: readonly AlertRule[]): PerformanceView | null {
  const name = watchedFigure(rules)
  const joined = windows.map((window) => figureOf(window, name))
  if (joined.every((value) => value === null)) return null
  const half = windows.map((window) => (window.performance?.standardErrors[name] ?? 0) * NORMAL_95)
  const complete = windows.findLast((window) => window.coverage >= COMPLETE)
  return {
    metric: name,
    atMs: windows.map((window) => window.fromMs),
    joined,
    low: joined.map((value, at) => (value === null ? null : value - (half[at] ?? 0))),
    high: joined.map((value, at) => (value === null ? null : value + (half[at] ?? 0))),
    limit: limitOf(rules.find((each) => each.spec.metric === `performance.${name}`)),
    completeUntilMs: complete?.toMs ?? null,
    coverage: windows.at(-1)?.coverage ?? 0,
    marks: versionChanges(windows),
  }
}

function limitOf(rule: AlertRule | undefined): PerformanceView['limit'] {
  const limit = rule?.spec.above ?? rule?.spec.below ?? null
  return limit === null ? null : { value: limit, label: `limit ${limit}` }
}

/** Where another version began to answer most rows. */
function versionChanges(windows: readonly MonitorWindow[]): PerformanceView['marks'] {
  const leading = windows.map((window) => window.deployments.toSorted((a, b) => b.rows - a.rows)[0]?.version)
  return windows.flatMap((window, at) => {
    const [now, before] = [leading[at], at === 0 ? leading[at] : leading[at - 1]]
    return now === undefined || now === before ? [] : [{ at: window.fromMs, label: `v${now}` }]
  })
}

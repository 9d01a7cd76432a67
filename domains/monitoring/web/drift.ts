import type { DriftFigure, MonitorWindow } from '@millrace/monitoring/contract'
import { count, percent, tick } from '@millrace/ui/format'
import type { z } from 'zod'
import type { DriftRow, FeatureDetail } from './load-monitor.ts'

type Method = 'psi' | 'js' | 'ks'
const tests: Readonly<Record<Method, string>> = { psi: 'PSI', js: 'JS distance', ks: 'KS p value' }

/** One row a feature, the furthest over its limit first; windows oldest first. */
export function driftRows(windows: readonly MonitorWindow[], method: Method): DriftRow[] {
  const last = windows.at(-1)
  if (last === undefined) return []
  const rows = last.drift.map((figure) => ({
    feature: figure.feature,
    test: testOf(figure, method),
    now: valueOf(figure, method),
    limit: figure.limit,
    values: windows.map((window) => valueOf(figureOf(window, figure), method)),
    output: figure.of === 'output',
    state: figure.drifted ? ('bad' as const) : figure.enough ? ('ok' as const) : ('wait' as const),
  }))
  return rows.toSorted((a, b) => Number(b.state === 'bad') - Number(a.state === 'bad') || (b.now ?? 0) - (a.now ?? 0))
}

type Figure = z.infer<typeof DriftFigure>

/** The test whose value is shown; where another one spoke, that one too. */
function testOf({ by }: Figure, method: Method): string {
  const others = by.filter((each) => each !== method).map((each) => each.toUpperCase())
  return [tests[method], ...others].join(', ')
}

function figureOf(window: MonitorWindow, like: Figure): Figure | undefined {
  return window.drift.find((figure) => figure.feature === like.feature && figure.of === like.of)
}

function valueOf(figure: Figure | undefined, method: Method): number | null {
  return figure?.[method] ?? null
}

const MOST_BINS = 24

/** The distribution of one feature in a window and in its reference. */
export function featureDetail(window: MonitorWindow, feature: string): FeatureDetail | null {
  const histogram = window.histograms?.[feature]
  if (histogram === undefined) return null
  const labels = histogram.values?.map(String) ?? (histogram.edges ?? []).slice(0, -1).map(tick)
  const shown = labels.slice(0, MOST_BINS)
  const figure = window.drift.find((each) => each.feature === feature)
  return {
    name: feature,
    labels: shown,
    reference: shares(histogram.reference).slice(0, MOST_BINS),
    current: shares(histogram.current).slice(0, MOST_BINS),
    flagged: {},
    currentLabel: 'last window',
    says: figure === undefined ? '' : saysOf(figure, labels.length),
  }
}

function shares(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, each) => sum + each, 0)
  return counts.map((each) => (all === 0 ? 0 : each / all))
}

function saysOf(figure: Figure, bins: number): string {
  const effect = figure.ksEffect === null ? '' : `, furthest apart ${percent(figure.ksEffect)}`
  const cut = bins > MOST_BINS ? `, the first ${MOST_BINS} of ${count(bins)} values` : ''
  return `${count(figure.rows)} rows against ${figure.against}${effect}${cut}`
}

import { lowerIsBetter } from '@millrace/ui/format'
import type { RunRow } from './load-experiment.ts'
import { metricKeys } from './run-table.ts'

const held = /(^|[/_.-])(val|valid|validation|test|eval|holdout)([/_.-]|$)/i

/** The metric that tells which run is best: the one that most runs have; one measured on held-out data if half as many have it. */
export function judgedMetric(runs: readonly RunRow[]): { metric: string; higherIsBetter: boolean } | null {
  const counted = metricKeys(runs, null).map((key) => ({
    key,
    runs: runs.filter((run) => run.metrics[key] !== undefined).length,
  }))
  const metric = judgedKey(counted)
  return metric === null ? null : { metric, higherIsBetter: !lowerIsBetter(metric) }
}

/** The same of metrics whose runs were counted, the most frequent first. */
export function judgedKey(counted: readonly { key: string; runs: number }[]): string | null {
  const own = counted.filter(({ key }) => !key.startsWith('system/'))
  const enough = (own[0]?.runs ?? 0) / 2
  return (own.find(({ key, runs }) => held.test(key) && runs >= enough) ?? own[0])?.key ?? null
}

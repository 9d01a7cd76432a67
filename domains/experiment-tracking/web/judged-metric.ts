import { lowerIsBetter } from '@millrace/ui/format'
import type { RunRow } from './load-experiment.ts'
import { metricKeys } from './run-table.ts'

const held = /(^|[/_.-])(val|valid|validation|test|eval|holdout)([/_.-]|$)/i

/** The metric that tells which run is best: of those that most runs have, one measured on held-out data first. */
export function judgedMetric(runs: readonly RunRow[]): { metric: string; higherIsBetter: boolean } | null {
  const keys = metricKeys(runs, null).filter((key) => !key.startsWith('system/'))
  const metric = keys.find((key) => held.test(key)) ?? keys[0]
  return metric === undefined ? null : { metric, higherIsBetter: !lowerIsBetter(metric) }
}

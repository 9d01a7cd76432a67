import { lowerIsBetter } from '@millrace/ui/format'
import type { RunRow } from './load-experiment.ts'
import { metricKeys } from './run-table.ts'

const held = /(^|[/_.-])(val|valid|validation|test|eval|holdout)([/_.-]|$)/i

/** The metric that tells which run is best: the one that most runs have; one measured on held-out data if half as many have it. */
export function judgedMetric(runs: readonly RunRow[]): { metric: string; higherIsBetter: boolean } | null {
  const keys = metricKeys(runs, null).filter((key) => !key.startsWith('system/'))
  const having = (key: string) => runs.filter((run) => run.metrics[key] !== undefined).length
  const enough = keys[0] === undefined ? 0 : having(keys[0]) / 2
  const metric = keys.find((key) => held.test(key) && having(key) >= enough) ?? keys[0]
  return metric === undefined ? null : { metric, higherIsBetter: !lowerIsBetter(metric) }
}

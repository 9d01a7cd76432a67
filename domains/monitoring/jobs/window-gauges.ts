import type { Metrics } from '@millrace/kernel'
import { Gauge } from '@millrace/kernel'
import type { WindowFigures } from '../contract.ts'

/** Prometheus gauges of each monitor's newest window. Labels are names that people gave, so there are few. */
export function createWindowGauges({ registry }: Metrics) {
  const registers = [registry]
  const drift = new Gauge({
    name: 'ml_feature_drift_score',
    help: 'Distance of a column from the reference in the newest window',
    labelNames: ['monitor', 'endpoint', 'feature', 'method'],
    registers,
  })
  const quality = new Gauge({
    name: 'ml_data_quality_checks_failed',
    help: 'Failed checks of the inputs in the newest window',
    labelNames: ['monitor', 'endpoint'],
    registers,
  })
  const model = new Gauge({
    name: 'ml_model_metric',
    help: 'Realised performance in the newest window with ground truth',
    labelNames: ['monitor', 'endpoint', 'metric'],
    registers,
  })
  return (of: { readonly monitor: string; readonly endpoint: string }, figures: WindowFigures): void => {
    for (const { feature, psi, js, ksEffect } of figures.drift) {
      for (const [method, value] of Object.entries({ psi, js, ks: ksEffect })) {
        if (value !== null) drift.set({ ...of, feature, method }, value)
      }
    }
    quality.set({ ...of }, figures.quality.filter(({ ok }) => !ok).length)
    const { performance } = figures
    if (performance === null) return
    const { logLoss, auc, brier, accuracy, calibrationGap } = performance
    for (const [metric, value] of Object.entries({ logLoss, auc, brier, accuracy, calibrationGap })) {
      if (value !== null) model.set({ ...of, metric }, value)
    }
  }
}
export type SetWindowGauges = ReturnType<typeof createWindowGauges>

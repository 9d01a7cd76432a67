import { describe, expect, it } from 'vitest'
import { lowerIsBetter } from './direction.ts'

describe('the better direction of a measure', () => {
  it.each(['val/logloss', 'rmse', 'brier', 'error_rate', 'latency_p95_ms', 'calibrationGap'])(
    'is down for %s',
    (name) => expect(lowerIsBetter(name)).toBe(true),
  )
  it.each(['val/auc', 'accuracy', 'recall', 'f1'])('is up for %s', (name) => expect(lowerIsBetter(name)).toBe(false))
})

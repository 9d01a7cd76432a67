import { describe, expect, it } from 'vitest'
import { intervalOf, lessIsBetter, metricName, plain, withError } from './measured.ts'

describe('a figure with its error', () => {
  it.each([
    [0.0042, 0.0003, '0.0042 ± 0.0003'],
    [0.00045, 0.00017, '0.00045 ± 0.00017'],
    [0.3634, 0.00081, '0.3634 ± 0.0008'],
    [0.672, 0.001, '0.6720 ± 0.0010'],
    [123.4, 2.3, '123 ± 2'],
    [0.5, undefined, '0.5'],
    [0.5, 0, '0.5'],
    [1234567, undefined, '1234600'],
  ])('%f with %s reads %s', (value, error, text) => {
    expect(withError(value, error)).toBe(text)
  })
  it('writes small numbers without an exponent', () => {
    expect(plain(0.0000123)).toBe('0.0000123')
  })
})

describe('an interval', () => {
  it('is the normal one for many rows, wider for few, and none without an error', () => {
    const many = intervalOf({ value: 0, standardError: 1, n: 100_000 }, 0.95)
    expect(many?.upper).toBeCloseTo(1.959964, 5)
    const few = intervalOf({ value: 0, standardError: 1, n: 5 }, 0.95)
    expect(few?.upper).toBeCloseTo(2.776445, 5)
    expect(intervalOf({ value: 0, n: 5 }, 0.95)).toBeUndefined()
    expect(intervalOf({ value: 0, standardError: 1, n: 1 }, 0.95)).toBeUndefined()
  })
})

it('reads metrics as people say them', () => {
  expect(['log_loss', 'logLoss', 'roc_auc', 'calibration-gap'].map(metricName)).toEqual([
    'log loss',
    'log loss',
    'ROC AUC',
    'calibration gap',
  ])
  expect(['log_loss', 'rmse', 'brier', 'accuracy', 'roc_auc', 'r2'].map(lessIsBetter)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})

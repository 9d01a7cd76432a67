import { normalQuantile, studentTQuantile } from '@millrace/statistics'

const manyRows = 1000

/**
 * The two-sided interval of a mean: value ± t·standardError, Student's t with n − 1 degrees of freedom (the normal
 * quantile from a thousand rows on, where they agree to three digits). Undefined with fewer than two rows or without
 * a usable standard error.
 */
export function intervalOf(
  mean: { readonly value: number; readonly standardError?: number | undefined; readonly n: number },
  confidence: number,
): { lower: number; upper: number } | undefined {
  const { value, standardError, n } = mean
  if (standardError === undefined || !Number.isFinite(standardError) || standardError < 0 || !Number.isFinite(value)) {
    return undefined
  }
  if (n < 2) return undefined
  const p = 1 - (1 - confidence) / 2
  const reach = (n >= manyRows ? normalQuantile(p) : studentTQuantile(p, n - 1)) * standardError
  return { lower: value - reach, upper: value + reach }
}

/** `0.0040 ± 0.0003`: the error with one digit (two when it begins with 1), the value to the same place. */
export function withError(value: number, standardError: number | undefined): string {
  if (standardError === undefined || !Number.isFinite(standardError) || standardError <= 0) return plain(value)
  const places = placesOf(standardError)
  if (places > 12) return plain(value)
  return `${value.toFixed(places)} ± ${standardError.toFixed(places)}`
}

/** Digits after the point such that an error shows one digit, or two when its first is 1. */
function placesOf(error: number): number {
  const exponent = Math.floor(Math.log10(error))
  const first = Math.floor(Number((error / 10 ** exponent).toPrecision(12)))
  return Math.max(0, -exponent + (first === 1 ? 1 : 0))
}

/** Five significant digits, without an exponent where that can be avoided. */
export function plain(value: number): string {
  return Number(value.toPrecision(5)).toLocaleString('en-US', { maximumFractionDigits: 12, useGrouping: false })
}

/** `169,723 rows`, `1 row`. */
export function rows(n: number): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? 'row' : 'rows'}`
}

/** How a metric reads: `log_loss` and `logLoss` → `log loss`, `roc_auc` → `ROC AUC`. */
export function metricName(metric: string): string {
  const words = metric.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_-]+/g, ' ')
  return words
    .split(' ')
    .map((word) => (/^(auc|roc|rmse|mse|mae|mape|r2|f1|ece|pr)$/i.test(word) ? word.toUpperCase() : word.toLowerCase()))
    .join(' ')
}

/** True for metrics of which less is better: losses, errors, latencies. */
export function lessIsBetter(metric: string): boolean {
  return /loss|error|brier|perplexity|latency|calibration|(^|_)(r?mse|mae|mape|ece)($|_)/i.test(metric)
}

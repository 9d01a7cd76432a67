import type { MetricValue } from '../../../contract.ts'

/** How far metrics may be apart: for all, and for those that are named. */
export interface Tolerance {
  readonly byDefault: number
  readonly byKey: Readonly<Record<string, number>>
}

export interface Judged {
  readonly key: string
  readonly original: MetricValue | null
  readonly again: MetricValue | null
  readonly difference: number | null
  readonly tolerance: number
  readonly verdict: 'same' | 'differs' | 'missing' | 'new'
}

/** `1e-6` is for all metrics, `loss=0.01` for one. Returns the text that cannot be read as `wrong`. */
export function parseTolerance(given: readonly string[]): { tolerance: Tolerance } | { wrong: string } {
  let byDefault = 1e-6
  const byKey: Record<string, number> = {}
  for (const text of given) {
    const [, key, figure] = /^(?:(.*)=)?([^=]+)$/s.exec(text) ?? []
    const value = Number(figure)
    if (!(value >= 0)) return { wrong: text }
    if (key === undefined) byDefault = value
    else byKey[key] = value
  }
  return { tolerance: { byDefault, byKey } }
}

/**
 * Compares latest values: |again − original| ≤ tolerance × max(1, |original|), so that the tolerance is absolute for small
 * values and relative for large ones. NaN is the same as NaN, an infinity as itself. Metrics of the machine (`system/…`) and
 * those of `ignored` are left out; one that came new is shown and judged by nobody.
 */
export function judgeMetrics(
  original: Readonly<Record<string, MetricValue>>,
  again: Readonly<Record<string, MetricValue>>,
  { tolerance, ignored }: { tolerance: Tolerance; ignored: readonly string[] },
): Judged[] {
  const keys = [...new Set([...Object.keys(original), ...Object.keys(again)])]
  return keys
    .filter((key) => !key.startsWith('system/') && !ignored.includes(key))
    .toSorted()
    .map((key) => judge(key, original[key], again[key], tolerance.byKey[key] ?? tolerance.byDefault))
}

function judge(
  key: string,
  original: MetricValue | undefined,
  again: MetricValue | undefined,
  tolerance: number,
): Judged {
  const row = { key, original: original ?? null, again: again ?? null, difference: null, tolerance }
  if (original === undefined) return { ...row, verdict: 'new' }
  if (again === undefined) return { ...row, verdict: 'missing' }
  if (typeof original !== 'number' || typeof again !== 'number') {
    return { ...row, verdict: original === again ? 'same' : 'differs' }
  }
  const difference = again - original
  const isSame = Math.abs(difference) <= tolerance * Math.max(1, Math.abs(original))
  return { ...row, difference, verdict: isSame ? 'same' : 'differs' }
}

/**
 * An integer beyond 2^53 is kept as two numbers whose sum it is: `high`, the nearest number, and `low`, the rest. `low` is 0
 * for all that one number can hold. Sorting by high and then low sorts by the sum, since rounding keeps order.
 */
export interface Wide {
  readonly high: number
  readonly low: number
}

/** Reads a number, an integer of up to 64 bits, or the digits of one. Undefined for what is neither. */
export function toWide(value: unknown): Wide | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? { high: value, low: 0 } : undefined
  if (typeof value === 'bigint') return split(value)
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return split(BigInt(value))
  return undefined
}

function split(value: bigint): Wide | undefined {
  if (BigInt.asIntN(64, value) !== value) return undefined
  const high = Number(value)
  return { high, low: Number(value - BigInt(high)) }
}

/** The digits of a wide number, exact, as JSON writes numbers. Beyond 64 bits it is as a number prints. */
export function wideText(high: number, low: number): string {
  return isLong(high) ? String(BigInt(high) + BigInt(low)) : String(high)
}

/** A wide number for JSON that is read by JavaScript: a number where that is exact, else its digits as text. */
export function wideValue(high: number, low: number): number | string {
  return isLong(high) ? wideText(high, low) : high
}

/** An integer of 64 bits that a number alone may not hold. */
function isLong(high: number): boolean {
  return Math.abs(high) > Number.MAX_SAFE_INTEGER && Math.abs(high) <= 2 ** 63
}

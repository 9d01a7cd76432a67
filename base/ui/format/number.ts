const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const MINUS = '−'

/** A figure that is missing or not a number reads as a middle dot. */
export const NOTHING = '·'

function withMinus(text: string): string {
  return text.replace('-', MINUS)
}

function shown(value: number | null | undefined, write: (value: number) => string): string {
  if (value === null || value === undefined) return NOTHING
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`
  return withMinus(write(value))
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}

const STEPS: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** A whole number as people read it: `10,482`, from a million on `1.6M`. */
export function count(value: number | null | undefined): string {
  return shown(value, (n) => (Math.abs(n) < 1e6 ? grouped.format(n) : compact(n)))
}

/** A number for a narrow column: `0.4`, `58`, `1.2k`, `297k`, `1.49M`. */
export function compact(value: number | null | undefined): string {
  return shown(value, (n) => {
    const step = STEPS.find(([size]) => Math.abs(n) >= size)
    if (step === undefined) return trimmed(n, Math.abs(n) < 10 ? 1 : 0)
    const scaled = n / step[0]
    const digits = Math.abs(scaled) >= 100 ? 0 : step[1] === 'k' ? (Math.abs(scaled) >= 10 ? 0 : 1) : 2
    return trimmed(scaled, digits) + step[1]
  })
}

/** A metric's value in `digits` places (four for scores); very small or large ones in scientific form. */
export function score(value: number | null | undefined, digits = 4): string {
  return shown(value, (n) => {
    const size = Math.abs(n)
    if (n !== 0 && size < 10 ** -digits) return n.toExponential(1)
    if (size >= 1e6) return Number.isInteger(n) ? compact(n) : n.toExponential(2)
    if (size >= 1_000) return grouped.format(n)
    if (size >= 10) return n.toFixed(2)
    return n.toFixed(digits)
  })
}

/** A share between 0 and 1 as percent: `25%`, `0.02%`, `17.1%`. */
export function percent(share: number | null | undefined, digits?: number): string {
  return shown(share, (n) => {
    const value = n * 100
    const size = Math.abs(value)
    const places = digits ?? (size === 0 || size >= 20 ? 0 : size >= 1 ? 1 : 2)
    return `${trimmed(value, places)}%`
  })
}

/** A difference with its sign: `+0.0142`, `−0.0194`, `0`. */
export function signed(value: number | null | undefined, write: (size: number) => string = score): string {
  return shown(value, (n) => (n === 0 ? '0' : (n > 0 ? '+' : MINUS) + write(Math.abs(n))))
}

/** A size: `310 kB`, `18.4 MB`. Decimal units, as disks and networks count. */
export function bytes(sizeBytes: number | null | undefined): string {
  return shown(sizeBytes, (n) => {
    const units = ['B', 'kB', 'MB', 'GB', 'TB']
    const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(n))) / 3)))
    const scaled = n / 1000 ** step
    return `${trimmed(scaled, step === 0 || scaled >= 100 ? 0 : 1)} ${units[step] ?? 'B'}`
  })
}

/** An axis tick: short, without needless zeros. */
export function tick(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 10_000) return compact(value)
  if (size >= 1_000) return withMinus(grouped.format(value))
  if (size < 1e-4) return withMinus(value.toExponential(0))
  return withMinus(String(Number(value.toPrecision(6))))
}

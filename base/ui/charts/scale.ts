/** Round tick values between `low` and `high`, about `wanted` of them, at steps of 1, 2, 2.5 or 5. */
export function niceTicks(low: number, high: number, wanted = 4): number[] {
  if (!(high > low)) return [low]
  const rough = (high - low) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((size) => size * power >= rough * (1 - 1e-9)) ?? 10) * power
  const ticks: number[] = []
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-6; at++)
    ticks.push(Number((at * step).toPrecision(12)))
  return ticks
}

/** From the 1st to the 99th percentile of what is shown, with a margin; `include` is always in. One bad point does not flatten the rest. */
export function robustRange(values: Iterable<number>, include: readonly number[] = []): [low: number, high: number] {
  const sorted = Float64Array.from([...values].filter(Number.isFinite)).sort()
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? 0
  let low = sorted.length === 0 ? 0 : sorted.length < 50 ? at(0) : at(0.01)
  let high = sorted.length === 0 ? 1 : sorted.length < 50 ? at(1) : at(0.99)
  for (const value of include) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const margin = (high - low) * 0.08 || Math.abs(high) * 0.08 || 1
  return [low - margin, high + margin]
}

/** A linear map from values to pixels. */
export function linear(from: readonly [number, number], to: readonly [number, number]): (value: number) => number {
  const span = from[1] - from[0] || 1
  return (value) => to[0] + ((value - from[0]) / span) * (to[1] - to[0])
}

/** Exponential smoothing as trackers draw it: `weight` 0 leaves the values as they are; gaps stay gaps. The start is debiased. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values]
  let held = 0
  let seen = 0
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value
    held = held * weight + (1 - weight) * value
    seen += 1
    return held / (1 - weight ** seen)
  })
}

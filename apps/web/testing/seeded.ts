/** Random numbers from a seed (mulberry32), so that every fixture is the same on every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random() + 1e-9)) * Math.cos(2 * Math.PI * random())
}

/** A learning curve from `from` towards `to`. */
export function learning(seed: number, points: number, from: number, to: number, noise: number): number[] {
  const random = seeded(seed)
  return Array.from(
    { length: points },
    (_, at) => to - (to - from) * Math.exp((-5 * at) / points) + normal(random) * noise,
  )
}

/** A series that wanders around `base`, with a drift over its length. */
export function wandering(seed: number, points: number, base: number, step: number, drift = 0): number[] {
  const random = seeded(seed)
  let away = 0
  return Array.from({ length: points }, (_, at) => {
    away = away * 0.86 + normal(random) * step
    return base + away + (drift * at) / points
  })
}

export function range(points: number, from = 0, step = 1): number[] {
  return Array.from({ length: points }, (_, at) => from + at * step)
}

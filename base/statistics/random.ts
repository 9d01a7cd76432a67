/** A source of uniform numbers in [0, 1) with 53 random bits each. Passed in wherever chance is needed. */
export type Random = () => number

/**
 * A reproducible source: the same seeds give the same numbers on every machine, and `createRandom('study', 7)` and
 * `createRandom('study', 8)` are independent streams. xoshiro128** (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", 2021), its state filled by hashing the seeds. Not for secrets.
 */
export function createRandom(...seeds: readonly (number | string)[]): Random {
  let [a, b, c, d] = seedState(JSON.stringify(seeds))
  const next = (): number => {
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return scrambled
  }
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992
}

/** A normal variate. Box and Muller (1958), one of the two, so that each call takes exactly two uniforms. */
export function normalVariate(random: Random, mean = 0, standardDeviation = 1): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return mean + standardDeviation * radius * Math.cos(2 * Math.PI * random())
}

/** A whole number, uniform on low..high, both included. */
export function integerVariate(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1))
}

/** A new array with the same items in random order (Fisher and Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last -= 1) {
    const chosen = integerVariate(random, 0, last)
    // Both indices lie inside the array; `?? …` would be wrong for a T that includes undefined.
    const [left, right] = [result[last] as T, result[chosen] as T]
    result[last] = right
    result[chosen] = left
  }
  return result
}

function seedState(text: string): [number, number, number, number] {
  let first = 0x9e3779b9
  let second = 0x243f6a88
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    first = Math.imul(first ^ unit, 0x85ebca6b)
    first = rotateLeft(first, 13)
    second = Math.imul(second ^ unit, 0xc2b2ae35)
    second = rotateLeft(second, 17)
  }
  const mixed = [first, second, first ^ rotateLeft(second, 16), second + 0x9e3779b9].map((word) =>
    finalize(word ^ text.length),
  )
  const [a = 1, b = 2, c = 3, d = 4] = mixed
  // The all-zero state is the generator's only fixed point.
  return (a | b | c | d) === 0 ? [1, 2, 3, 4] : [a, b, c, d]
}

function finalize(word: number): number {
  let mixed = word
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

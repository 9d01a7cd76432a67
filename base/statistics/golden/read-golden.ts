import { readFileSync } from 'node:fs'

/** The golden values that `make-golden.py` wrote as `name`.golden.json. */
export function readGolden<T>(name: string): T {
  // The file is written by the script beside it; its shape is what the test declares.
  return JSON.parse(readFileSync(new URL(`./${name}.golden.json`, import.meta.url), 'utf8')) as T
}

/** A figure under its name: what we compute and what the reference library computed. */
export type Comparison = readonly [what: string, actual: number, expected: number]

/** The figures that differ by more than 1e-9 relative (1e-12 absolute for those below 0.001), as sentences. */
export function disagreements(comparisons: readonly Comparison[]): string[] {
  return comparisons
    .filter(
      ([, actual, expected]) =>
        actual !== expected && !(Math.abs(actual - expected) <= Math.max(1e-12, 1e-9 * Math.abs(expected))),
    )
    .map(([what, actual, expected]) => `${what}: ${actual} instead of ${expected}`)
}

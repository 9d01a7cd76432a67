import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** A flight as it is asked about, and what became of it. */
export interface Flight {
  /** Scheduled departure, hours after midnight. */
  readonly time: number
  /** Miles. */
  readonly distance: number
  /** 1 where it came more than 15 minutes late. */
  readonly late: 0 | 1
}

interface Recorded {
  readonly delay: number
  readonly distance: number
  readonly time: number
}

/** 231,083 US flights of 2001 (npm package vega-datasets), in an order that is the same each time; a third trains. */
export async function readFlights(): Promise<{ training: Flight[]; live: Flight[] }> {
  const path = fileURLToPath(new URL('../data/flights-200k.json', import.meta.resolve('vega-datasets')))
  const recorded = JSON.parse(await readFile(path, 'utf8')) as Recorded[] // the package's own file
  const flights = recorded.map(({ delay, distance, time }) => ({ time, distance, late: delay > 15 ? 1 : 0 }) as const)
  const shuffled = shuffle(flights)
  const cut = Math.floor(shuffled.length / 3)
  return { training: shuffled.slice(0, cut), live: shuffled.slice(cut) }
}

function shuffle<T>(items: readonly T[]): T[] {
  const shuffled = [...items]
  // Numerical Recipes' linear congruential generator: any fixed order will do.
  let state = 20010101
  for (let at = shuffled.length - 1; at > 0; at -= 1) {
    state = (state * 1664525 + 1013904223) % 4294967296
    const other = Math.floor((state / 4294967296) * (at + 1))
    const [one, two] = [shuffled[at], shuffled[other]]
    if (one === undefined || two === undefined) continue
    shuffled[at] = two
    shuffled[other] = one
  }
  return shuffled
}

import { count, milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { oneRow, planeEndpoint, planeSide, startPlane, writeModel } from './plane-side.ts'
import type { SideResult } from './sides.ts'
import { measureSide } from './sides.ts'

// What a canary (50 : 50), a shadow and both cost at 32 connections, in turn, prediction log on. Usage: traffic.ts [seconds] [rounds]
const seconds = Number(process.argv[2] ?? 3)
const rounds = Number(process.argv[3] ?? 3)
const results = new Map<string, SideResult[]>()

await withScratch(async (folder) => {
  const [one, two] = [writeModel(folder, 1), writeModel(folder, 2)]
  const plane = await startPlane(folder)
  await plane.apply([
    planeEndpoint('plain', [one], [[1, 'champion', 100]]),
    planeEndpoint(
      'canary',
      [one, two],
      [
        [1, 'champion', 50],
        [2, 'canary', 50],
      ],
    ),
    planeEndpoint(
      'shadow',
      [one, two],
      [
        [1, 'champion', 100],
        [2, 'shadow', 0],
      ],
    ),
  ])
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['plain', 'canary', 'shadow']) {
      const result = await measureSide(planeSide(plane, name), { body: oneRow(), connections: 32, seconds })
      results.set(name, [...(results.get(name) ?? []), result])
    }
  }
  await plane.stop()
})

const middle = (name: string, pick: (result: SideResult) => number) => {
  const sorted = (results.get(name) ?? []).map(pick).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
const rows = [...results.keys()].map((name) => [
  name,
  count(middle(name, ({ perSecond }) => perSecond)),
  `${((1 - middle(name, ({ perSecond }) => perSecond) / middle('plain', ({ perSecond }) => perSecond)) * 100).toFixed(1)} %`,
  milliseconds(middle(name, ({ p50Ms }) => p50Ms)),
  milliseconds(middle(name, ({ p99Ms }) => p99Ms)),
  middle(name, ({ cpuUs }) => cpuUs).toFixed(1),
])
report(
  `Canary and shadow at 32 connections, median of ${rounds} rounds in turn, ${seconds} s each`,
  ['endpoint', 'requests/s', 'less than plain', 'p50', 'p99', 'CPU µs/request'],
  rows,
)

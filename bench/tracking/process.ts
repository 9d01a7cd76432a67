import { setTimeout as wait } from 'node:timers/promises'
import { memoryOf } from '../harness/process-memory.ts'
import { milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { fillOurs } from './many-runs.ts'
import type { Side } from './sides.ts'
import { startOurs, startTheirs } from './sides.ts'

// Start and memory, both servers. Usage: process.ts [runs in ours for the last line, of 100 points each; default 100000]
const runs = Number(process.argv[2] ?? 100_000)
const starts = 5
/** A server gives memory back once it has had nothing to do for a while. */
const settleMs = 30_000

async function startTimes(
  start: () => Promise<Side>,
): Promise<{ first: number; again: number; idleMib: number; name: string }> {
  const tookMs: number[] = []
  let idleMib = 0
  let name = ''
  for (let time = 0; time < starts; time += 1) {
    const startedAt = performance.now()
    const side = await start()
    await fetch(`${side.url}/health`)
    tookMs.push(performance.now() - startedAt)
    name = side.name
    if (time === starts - 1) {
      await wait(settleMs)
      idleMib = memoryOf(side.pid).mib
    }
    await side.stop()
  }
  const [first = 0, ...again] = tookMs
  return { first, again: again.toSorted((a, b) => a - b)[Math.floor(again.length / 2)] ?? 0, idleMib, name }
}

await withScratch(async (folder) => {
  const ours = await startTimes(() => startOurs(folder))
  const theirs = await startTimes(() => startTheirs(folder))
  const row = (what: string, own: number, other: number, unit: (value: number) => string) => [
    what,
    unit(own),
    unit(other),
    `${(other / own).toFixed(1)} ×`,
  ]
  const mib = (value: number) => `${value.toFixed(0)} MiB`
  report(
    `Start and memory: Millrace beside ${theirs.name}`,
    ['what', 'Millrace', 'mlflow', 'ratio'],
    [
      row('first start, empty folder, to /health', ours.first, theirs.first, milliseconds),
      row(`start again (median of ${starts - 1})`, ours.again, theirs.again, milliseconds),
      row('idle memory (PSS of all processes)', ours.idleMib, theirs.idleMib, mib),
    ],
  )
  if (runs === 0) return
  const side = await startOurs(folder)
  const startedAt = performance.now()
  await fillOurs(side, { runs, metricsPerRun: 10, pointsPerMetric: 10 })
  const tookMs = performance.now() - startedAt
  const filled = memoryOf(side.pid).mib
  await wait(settleMs)
  const rested = memoryOf(side.pid).mib
  await side.stop()
  report(
    `Millrace after ${runs} runs with ${runs * 100} points, logged in ${(tookMs / 1000).toFixed(0)} s`,
    ['memory', 'PSS'],
    [
      ['right after', mib(filled)],
      ['half a minute later', mib(rested)],
    ],
  )
})

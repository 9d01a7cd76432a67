import { count, milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { oneRow, planeEndpoint, planeSide, startPlane, writeModel } from './plane-side.ts'
import { measureSide } from './sides.ts'

// Requests that arrive at random (Poisson), whether earlier ones were answered or not, at shares of the capacity that a closed loop of 32
// connections finds. Waiting for a free connection counts. Usage: open-loop.ts [seconds]
const seconds = Number(process.argv[2] ?? 5)

await withScratch(async (folder) => {
  const plane = await startPlane(folder)
  await plane.apply([planeEndpoint('plain', [writeModel(folder, 1)], [[1, 'champion', 100]])])
  const side = planeSide(plane, 'plain')
  const closed = await measureSide(side, { body: oneRow(), connections: 32, seconds })
  const rows: string[][] = []
  for (const share of [0.3, 0.5, 0.7]) {
    const perSecond = closed.perSecond * share
    const result = await measureSide(side, { body: oneRow(), connections: 128, seconds, perSecond })
    const { p50Ms, p99Ms, p999Ms, failures } = result
    const name = `${(share * 100).toFixed(0)} % of ${count(closed.perSecond)}/s`
    rows.push([
      name,
      count(result.perSecond),
      milliseconds(p50Ms),
      milliseconds(p99Ms),
      milliseconds(p999Ms),
      String(failures),
    ])
  }
  await plane.stop()
  report(
    `Open loop, Poisson arrivals, prediction log on, ${seconds} s each; the load generator shares the machine`,
    ['load', 'answered/s', 'p50', 'p99', 'p99.9', 'failures'],
    rows,
  )
})

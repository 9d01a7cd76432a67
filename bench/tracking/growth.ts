import { writeFileSync } from 'node:fs'
import { milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { growthChart } from './growth-chart.ts'
import type { Measured } from './growth-chart.ts'
import { fillOurs, fillTheirs } from './many-runs.ts'
import type { Side } from './sides.ts'
import { ask, startOurs, startTheirs, thenStop } from './sides.ts'
import { timed } from './timed.ts'

// The same requests while an experiment grows. Usage: growth.ts [sizes of ours] [sizes of mlflow's] [chart.svg]
const sizesOf = (text: string | undefined, otherwise: string) => (text ?? otherwise).split(',').map(Number)
const ourSizes = sizesOf(process.argv[2], '1000,10000,100000')
const theirSizes = sizesOf(process.argv[3], '1000,10000')
const chartFile = process.argv[4]
const most = { times: 50, seconds: 20 }

const requests: Readonly<Record<string, (side: Side, experiment: string, number: number) => Promise<unknown>>> = {
  'create run': (side, experiment, number) =>
    ask(side, 'POST', 'runs/create', { experiment_id: experiment, start_time: 1_760_000_000_000 + number }),
  'read run': async (side, experiment) => {
    const run = await anyRun(side, experiment)
    return ask(side, 'GET', `runs/get?run_id=${run}`)
  },
  'first page of 100': (side, experiment) =>
    ask(side, 'POST', 'runs/search', { experiment_ids: [experiment], max_results: 100 }),
  'filter and order by a metric': (side, experiment) =>
    ask(side, 'POST', 'runs/search', {
      experiment_ids: [experiment],
      filter: 'metrics.m1 < 0.5',
      order_by: ['metrics.m2 ASC'],
      max_results: 100,
    }),
}

const known = new Map<string, string>()

async function anyRun(side: Side, experiment: string): Promise<string> {
  const found = known.get(side.url)
  if (found !== undefined) return found
  const search = { experiment_ids: [experiment], max_results: 1 }
  const { runs } = await ask<{ runs: { info: { run_id: string } }[] }>(side, 'POST', 'runs/search', search)
  const id = runs[0]?.info.run_id ?? ''
  known.set(side.url, id)
  return id
}

async function measureAt(side: Side, experiment: string, runs: number): Promise<Measured[]> {
  await anyRun(side, experiment)
  const measured: Measured[] = []
  for (const [request, send] of Object.entries(requests)) {
    let number = 0
    const { medianMs, p95Ms } = await timed(() => send(side, experiment, (number += 1)), most)
    measured.push({ side: side.name, request, runs, medianMs, p95Ms })
  }
  return measured
}

const bodyOf = (from: number, to: number) => ({
  runs: to - from,
  metricsPerRun: 10,
  pointsPerMetric: 1,
  firstRun: from,
})

await withScratch(async (folder) => {
  const measured: Measured[] = []
  await thenStop(await startOurs(folder), async (side) => {
    let experiment: string | undefined
    for (const [at, size] of ourSizes.entries()) {
      experiment = await fillOurs(side, bodyOf(ourSizes[at - 1] ?? 0, size), experiment)
      measured.push(...(await measureAt(side, experiment, size)))
    }
  })
  await (await startTheirs(folder)).stop()
  let experiment: string | undefined
  for (const [at, size] of theirSizes.entries()) {
    const filled = fillTheirs(folder, bodyOf(theirSizes[at - 1] ?? 0, size), experiment)
    experiment = filled
    measured.push(...(await thenStop(await startTheirs(folder), (side) => measureAt(side, filled, size))))
  }
  report(
    'The same requests while one experiment grows: p50 / p95 of one request at a time',
    ['request', 'server', ...ourSizes.map((size) => `${size.toLocaleString('en-US')} runs`)],
    Object.keys(requests).flatMap((request) =>
      [...new Set(measured.map(({ side }) => side))].map((side) => [
        request,
        side,
        ...ourSizes.map((runs) => {
          const found = measured.find((one) => one.side === side && one.request === request && one.runs === runs)
          return found === undefined ? '' : `${milliseconds(found.medianMs)} / ${milliseconds(found.p95Ms)}`
        }),
      ]),
    ),
  )
  if (chartFile !== undefined) writeFileSync(chartFile, growthChart(measured))
})

import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { count, milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { putLarge } from './artifact-client.ts'
import { fillOurs } from './many-runs.ts'
import type { Side } from './sides.ts'
import { ask, makeRuns, startOurs, thenStop } from './sides.ts'
import { startSmallReads } from './small-reads.ts'

// How long a small read takes while something large goes on. Usage: stalls.ts [runs] [bytes of the upload]
const runs = Number(process.argv[2] ?? 100_000)
const largeBytes = Number(process.argv[3] ?? 1 << 30)
const flights = fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')))
const flightRows = 3_000_000
const atLeastMs = 3000

/** A piece of work that is large by itself. */
interface LargeWork {
  readonly name: string
  run(side: Side): Promise<unknown>
}

async function largeWorks(side: Side, experiment: string): Promise<LargeWork[]> {
  const { experiment: own, runs: ids } = await makeRuns(side, 1)
  const filter = { experiment_ids: [experiment], filter: 'metrics.m0 > 0.5', order_by: ['metrics.m1 DESC'] }
  const search = (one: Side) => ask(one, 'POST', 'runs/search', { ...filter, max_results: 1000 })
  const upload = (one: Side) =>
    putLarge(one, `/api/2.0/mlflow-artifacts/artifacts/${own}/${ids[0] ?? ''}/artifacts/large`, largeBytes)
  return [
    { name: 'nothing else', run: () => new Promise((resolve) => setTimeout(resolve, atLeastMs)) },
    { name: `searches over ${count(runs)} runs, 1,000 at once`, run: search },
    { name: `all ${count(runs)} runs, page by page`, run: (one) => walkPages(one, experiment) },
    { name: `an upload of ${count(largeBytes / 1e6)} MB`, run: upload },
    { name: `profiles of ${count(flightRows)} rows`, run: profileFlights },
    {
      name: 'all of them at once',
      run: (one) => Promise.all([search(one), walkPages(one, experiment), upload(one), profileFlights(one)]),
    },
  ]
}

async function walkPages(side: Side, experiment: string): Promise<void> {
  let token: string | undefined
  do {
    const page = {
      experiment_ids: [experiment],
      max_results: 1000,
      ...(token === undefined ? {} : { page_token: token }),
    }
    token = (await ask<{ next_page_token?: string }>(side, 'POST', 'runs/search', page)).next_page_token
  } while (token !== undefined)
}

let datasets = 0

async function profileFlights(side: Side): Promise<void> {
  datasets += 1
  const dataset = `/datasets/flights-${datasets}`
  await native(side, 'PUT', dataset, '{}')
  const file = Readable.toWeb(createReadStream(flights))
  const { digest } = await native<{ digest: string }>(side, 'POST', `${dataset}/uploads?path=flights.parquet`, file)
  await native(side, 'POST', `${dataset}/versions`, JSON.stringify({ files: [{ path: 'flights.parquet', digest }] }))
}

async function native<T>(side: Side, method: string, path: string, body: string | ReadableStream): Promise<T> {
  const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream'
  const headers = { authorization: `Bearer ${side.token ?? ''}`, 'content-type': type }
  const url = `${side.url}/api/millrace/v1/w/default${path}`
  const answer = await fetch(url, { method, headers, body, duplex: 'half' })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${side.name} answered ${answer.status} to ${path}: ${text.slice(0, 300)}`)
  return JSON.parse(text) as T // as our API answers
}

/** Repeats a work for some seconds and gives the latencies of small reads meanwhile. */
async function readsDuring(
  side: Side,
  experiment: string,
  work: LargeWork,
): Promise<{ tookMs: number[]; times: number }> {
  const url = `${side.url}/api/2.0/mlflow/experiments/get?experiment_id=${experiment}`
  const reads = await startSmallReads({ url, token: side.token })
  const endAt = performance.now() + atLeastMs
  let times = 0
  do {
    await work.run(side)
    times += 1
  } while (performance.now() < endAt)
  return { tookMs: await reads.end(), times }
}

await withScratch(async (folder) => {
  await thenStop(await startOurs(folder), async (side) => {
    const experiment = await fillOurs(side, { runs, metricsPerRun: 5, pointsPerMetric: 1 })
    const rows: string[][] = []
    for (const work of await largeWorks(side, experiment)) {
      const { tookMs, times } = await readsDuring(side, experiment, work)
      const at = (share: number) =>
        milliseconds(tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))] ?? 0)
      rows.push([work.name, String(times), count(tookMs.length), at(0.5), at(0.99), at(1)])
    }
    report(
      'A small read while something large goes on',
      ['meanwhile', 'times', 'reads', 'median', 'p99', 'longest'],
      rows,
    )
  })
})

import { report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import type { ManyRuns } from './many-runs.ts'
import { fillOurs, fillTheirs } from './many-runs.ts'
import { requireSame } from './same-answers.ts'
import type { RunAnswer, Side } from './sides.ts'
import { ask, startOurs, startTheirs, thenStop } from './sides.ts'
import type { Timed } from './timed.ts'
import { ratioRow, timed } from './timed.ts'

// Metric histories and charts, both servers with the same points. Usage: history.ts [seconds per request and side]
const seconds = Number(process.argv[2] ?? 20)

const chart: ManyRuns = { runs: 100, metricsPerRun: 1, pointsPerMetric: 10_000 }
const long: ManyRuns = { runs: 1, metricsPerRun: 1, pointsPerMetric: 1_000_000, firstRun: 1_000_000 }
const pageSize = 25_000

interface HistoryPage {
  readonly metrics?: readonly { value: number; step: number }[]
  readonly next_page_token?: string
}

/** All points of a history, in pages as MLflow's client asks for them. */
async function wholeHistory(side: Side, run: string): Promise<number[]> {
  const values: number[] = []
  let token: string | undefined
  do {
    const at = token === undefined ? '' : `&page_token=${encodeURIComponent(token)}`
    const path = `metrics/get-history?run_id=${run}&metric_key=m0&max_results=${pageSize}${at}`
    const page = await ask<HistoryPage>(side, 'GET', path)
    for (const { value } of page.metrics ?? []) values.push(value)
    token = page.next_page_token
  } while (token !== undefined && token !== '')
  return values
}

async function runsOf(side: Side, experiment: string): Promise<string[]> {
  const search = { experiment_ids: [experiment], max_results: 100, order_by: ['attributes.start_time ASC'] }
  const { runs = [] } = await ask<{ runs?: RunAnswer[] }>(side, 'POST', 'runs/search', search)
  return runs.map((run) => run.info.run_id)
}

const intervals = (side: Side, runs: readonly string[]) => {
  const ids = runs.map((run) => `run_ids=${run}`).join('&')
  return ask<HistoryPage>(side, 'GET', `metrics/get-history-bulk-interval?${ids}&metric_key=m0&max_results=320`)
}

/** Our own chart: 100 series at 500 pixels, no extreme left out, as numbers in binary. */
async function binaryChart(side: Side, runs: readonly string[]): Promise<number> {
  const answer = await fetch(`${side.url}/api/millrace/v1/w/default/runs/series`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${side.token}`,
      'content-type': 'application/json',
      accept: 'application/octet-stream',
    },
    body: JSON.stringify({ runs, keys: ['m0'], buckets: 500 }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.arrayBuffer()).byteLength
}

async function measure(side: Side, experiments: { chart: string; long: string }) {
  const charted = await runsOf(side, experiments.chart)
  const [longest = ''] = await runsOf(side, experiments.long)
  const times = new Map<string, Timed>()
  const of = async <T>(name: string, request: () => Promise<T>): Promise<T> => {
    const { answer, ...time } = await timed(request, { times: 30, seconds })
    times.set(name, time)
    return answer
  }
  const history = await of('history of 10,000 points', () => wholeHistory(side, charted[0] ?? ''))
  const million = await of('history of 1,000,000 points', () => wholeHistory(side, longest))
  await of('100 runs × 10,000 points, MLflow’s own chart request', () => intervals(side, charted))
  if (side.token !== undefined) {
    await of('100 runs × 10,000 points, our chart (binary, min and max)', () => binaryChart(side, charted))
  }
  return { answers: [history, million.length, million.slice(0, 1000), million.slice(-1000)], times }
}

await withScratch(async (folder) => {
  const own = await startOurs(folder)
  const ourExperiments = { chart: await fillOurs(own, chart), long: await fillOurs(own, long) }
  const ours = await thenStop(own, (side) => measure(side, ourExperiments))
  await (await startTheirs(folder)).stop()
  const experiments = { chart: fillTheirs(folder, chart), long: fillTheirs(folder, long) }
  const other = await startTheirs(folder)
  const theirs = await thenStop(other, (side) => measure(side, experiments))
  requireSame(ours.answers, theirs.answers)
  const theirChart = theirs.times.get('100 runs × 10,000 points, MLflow’s own chart request')
  const rows = [...ours.times].flatMap(([name, time]) => {
    const other = theirs.times.get(name) ?? theirChart
    return other === undefined ? [] : [ratioRow(name, time, other)]
  })
  report(
    `Metric histories: Millrace beside ${other.name}; the same points, one request at a time`,
    ['request', 'Millrace p50 / p95', 'mlflow p50 / p95', 'ratio', 'times'],
    rows,
  )
})

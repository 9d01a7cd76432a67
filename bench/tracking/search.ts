import { report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { fillOurs, fillTheirs } from './many-runs.ts'
import { requireSame } from './same-answers.ts'
import type { RunAnswer, Side } from './sides.ts'
import { ask, startOurs, startTheirs, thenStop } from './sides.ts'
import type { Timed } from './timed.ts'
import { ratioRow, timed } from './timed.ts'

// Searches over MLflow's REST API, both servers with the same runs. Usage: search.ts [runs] [seconds per query and side]
const runs = Number(process.argv[2] ?? 10_000)
const seconds = Number(process.argv[3] ?? 20)

interface Search {
  readonly filter?: string
  readonly order_by?: readonly string[]
  readonly max_results: number
}

const searches: Readonly<Record<string, Search>> = {
  'first 100, default order': { max_results: 100 },
  'tag filter, 1000 rows': { filter: "tags.team = 'team-3'", max_results: 1000 },
  'metric filter, order by another metric, 100': {
    filter: 'metrics.m1 < 0.5',
    order_by: ['metrics.m2 ASC'],
    max_results: 100,
  },
  'metric + param filter, order by a metric, 100': {
    filter: "metrics.m1 < 0.5 and params.p1 = '3'",
    order_by: ['metrics.m2 DESC'],
    max_results: 100,
  },
  'rare metric, order by another metric, 100': {
    filter: 'metrics.m3 < 0.01',
    order_by: ['metrics.m4 ASC'],
    max_results: 100,
  },
  'order by a param, 100': { order_by: ['params.p2 ASC'], max_results: 100 },
  'order by a metric, 1000 rows': { order_by: ['metrics.m1 DESC'], max_results: 1000 },
}

interface Page {
  readonly runs?: readonly RunAnswer[]
  readonly next_page_token?: string
}

const searchOf = (side: Side, experiment: string, search: Search, page_token?: string) =>
  ask<Page>(side, 'POST', 'runs/search', { experiment_ids: [experiment], ...search, page_token })

/** Walks pages of 1000 by a metric, for as long as given; the time is per page. */
async function walk(side: Side, experiment: string): Promise<Timed & { answer: number }> {
  const search = { order_by: ['metrics.m2 DESC'], max_results: 1000 }
  let token: string | undefined
  let found = 0
  const page = async () => {
    const { runs: rows = [], next_page_token } = await searchOf(side, experiment, search, token)
    token = next_page_token
    found += rows.length
  }
  const { answer: _none, ...times } = await timed(page, { times: Math.ceil(runs / 1000), seconds: seconds * 2 })
  return { ...times, answer: found }
}

async function measure(side: Side, experiments: { many: string; wide: string }) {
  const answers: unknown[] = []
  const times = new Map<string, Timed>()
  const add = async (name: string, experiment: string, search: Search) => {
    const { answer, ...time } = await timed(() => searchOf(side, experiment, search), { times: 40, seconds })
    answers.push(answer.runs?.map((run) => run.info.run_name))
    times.set(name, time)
  }
  await add('100 runs × 500 metrics', experiments.wide, { max_results: 100 })
  for (const [name, search] of Object.entries(searches)) await add(name, experiments.many, search)
  const walked = await walk(side, experiments.many)
  times.set('walk of all pages by a metric, a page of 1000', walked)
  return { answers, times }
}

const many = { runs, metricsPerRun: 10, pointsPerMetric: 1 }
const wide = { runs: 100, metricsPerRun: 500, pointsPerMetric: 1, firstRun: runs }

await withScratch(async (folder) => {
  const own = await startOurs(folder)
  const ourExperiments = { many: await fillOurs(own, many), wide: await fillOurs(own, wide) }
  const ours = await thenStop(own, (side) => measure(side, ourExperiments))
  await (await startTheirs(folder)).stop()
  const theirExperiments = { many: fillTheirs(folder, many), wide: fillTheirs(folder, wide) }
  const other = await startTheirs(folder)
  const theirs = await thenStop(other, (side) => measure(side, theirExperiments))
  requireSame(ours.answers, theirs.answers)
  const rows = [...ours.times].map(([name, time]) => ratioRow(name, time, theirs.times.get(name) ?? time))
  report(
    `Searches among ${runs} runs of 10 metrics: Millrace beside ${other.name}; the same answers, one request at a time`,
    ['search', 'Millrace p50 / p95', 'mlflow p50 / p95', 'ratio', 'times'],
    rows,
  )
})

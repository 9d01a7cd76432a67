import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { count, milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { startServer } from '../harness/server-process.ts'
import { fillOurs, fillTheirs, type ManyRuns } from '../tracking/many-runs.ts'
import { ask, startTheirs, type Side } from '../tracking/sides.ts'
import { framesOfScroll, timeOf, timeToRows } from './page-times.ts'

/*
 * The experiment page in a real Chromium: ours, and MLflow's own with the same runs. `bin/bench web/experiment [COLUMNS]`;
 * COLUMNS are the metrics of each of our 10,000 runs, 50 unless told. The pages must have been built.
 */

const columns = Number(process.argv[2] ?? 50)
const small: ManyRuns = { runs: 1000, metricsPerRun: 10, pointsPerMetric: 5 }
const large: ManyRuns = { runs: 10_000, metricsPerRun: columns, pointsPerMetric: 1 }

async function main(): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env['MILLRACE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  })
  try {
    await withScratch(async (folder) => {
      const ours = await measureOurs(browser, folder)
      const theirs = await measureTheirs(browser, folder)
      const ratio = theirs.rows / ours.few.rows
      report(
        'Time to rows, medians of five new browsers',
        ['runs', 'Millrace', theirs.name, 'ratio'],
        [
          [count(small.runs), milliseconds(ours.few.rows), milliseconds(theirs.rows), `${ratio.toFixed(1)}×`],
          [count(large.runs), milliseconds(ours.many.rows), '', ''],
        ],
      )
      const title = `Acts on our table of ${count(large.runs)} runs × ${count(columns)} metrics, medians of five`
      report(title, ['act', 'until it is drawn'], ours.many.acts)
    })
  } finally {
    await browser.close()
  }
}

async function measureOurs(browser: Browser, folder: string) {
  const server = await startServer(join(folder, 'millrace'))
  const side: Side = { name: 'Millrace', url: server.url, token: undefined, pid: server.pid, stop: () => server.stop() }
  try {
    const few = await fillOurs(side, small)
    const many = await fillOurs(side, { ...large, firstRun: small.runs })
    const page = async (id: string) =>
      `${server.url}/w/default/experiments/${encodeURIComponent(await nameOf(side, id))}`
    const fewAt = await page(few)
    const manyAt = await page(many)
    return {
      few: { rows: await timeToRows(browser, fewAt) },
      many: { rows: await timeToRows(browser, manyAt), acts: await timeActs(browser, manyAt) },
    }
  } finally {
    await server.stop()
  }
}

async function nameOf(side: Side, id: string): Promise<string> {
  const { experiment } = await ask<{ experiment: { name: string } }>(side, 'GET', `experiments/get?experiment_id=${id}`)
  return experiment.name
}

async function measureTheirs(browser: Browser, folder: string): Promise<{ name: string; rows: number }> {
  mkdirSync(join(folder, 'mlflow'), { recursive: true })
  // Its database exists once it has run.
  await (await startTheirs(folder)).stop()
  const experiment = fillTheirs(folder, small)
  const side = await startTheirs(folder)
  try {
    return { name: side.name, rows: await timeToRows(browser, `${side.url}/#/experiments/${experiment}/runs`) }
  } finally {
    await side.stop()
  }
}

async function timeActs(browser: Browser, url: string): Promise<string[][]> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: true })
  const page = await context.newPage()
  await page.goto(`${url}?view=table`)
  await page.getByRole('columnheader', { name: 'm1', exact: true }).waitFor()
  const acts = [
    ['filter', await timeOf(page, (at) => filterBy(page, `metrics.m${at % 5} > 0.${at + 3}`), factText)],
    ['sort', await timeOf(page, (at) => headOf(page, `m${(at % 5) + 1}`), firstRow)],
    ['group by a parameter', await timeOf(page, (at) => groupBy(page, `params.p${at}`), groupCount)],
  ] as const
  await page.goto(`${url}?view=table`)
  await page.getByRole('columnheader', { name: 'm1', exact: true }).waitFor()
  const down = await framesOfScroll(page, 'down')
  const across = await framesOfScroll(page, 'across')
  await context.close()
  const frames = ({ median, longest, late, frames: all }: typeof down) =>
    `median ${milliseconds(median)}, longest ${milliseconds(longest)}, ${late} of ${all} over 32 ms`
  return [
    ...acts.map(([act, ms]) => [act, milliseconds(ms)]),
    ['frames while scrolling down', frames(down)],
    ['frames while scrolling across', frames(across)],
  ]
}

const factText = `document.querySelector('.experiment-bar')?.textContent ?? ''`
const firstRow = `document.querySelector('[aria-rowindex="2"] a')?.textContent ?? ''`
const groupCount = `[...document.querySelectorAll('.group-name')].slice(0, 3).map((each) => each.title).join(';')`

async function filterBy(page: Page, query: string): Promise<void> {
  const field = page.getByLabel('Filter runs')
  await field.fill(query)
  await field.press('Enter')
}

const headOf = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`^${name}[↑↓]?$`) }).click()

async function groupBy(page: Page, field: string): Promise<void> {
  await page.getByLabel('Group by').selectOption(field)
}

await main()

import type { LoadRequest, LoadResult } from '../harness/socket-load.ts'
import { socketLoad } from '../harness/socket-load.ts'
import { count, milliseconds, report } from '../harness/report.ts'
import { answersOf, requireSame } from './same-answers.ts'
import type { Side } from './sides.ts'
import { inTurn, makeRuns } from './sides.ts'

// The same writes over MLflow's REST API to both servers in turn. Usage: writes.ts [seconds per measurement]
// [sqlite|postgres] [connections,…]; PostgreSQL for both needs psycopg2 beside mlflow. With 64 connections mlflow's pool on
// SQLite makes requests wait for half a minute.
const seconds = Number(process.argv[2] ?? 4)
const store = process.argv[3] === 'postgres' ? 'postgres' : 'sqlite'
const connectionCounts = (process.argv[4] ?? '8,64').split(',').map(Number)

type Work = (at: { experiment: string; run: string; number: number }) => LoadRequest

const api = '/api/2.0/mlflow/runs'
const nowMs = 1_760_000_000_000
const batchOf =
  (size: number): Work =>
  ({ run, number }) => {
    const metrics = Array.from({ length: size }, (_metric, at) => ({
      key: `m${at}`,
      value: 1 / (number + at + 1),
      timestamp: nowMs + number,
      step: number,
    }))
    return { method: 'POST', path: `${api}/log-batch`, body: { run_id: run, metrics } }
  }
const works: Readonly<Record<string, Work>> = {
  'create run': ({ experiment, number }) => ({
    method: 'POST',
    path: `${api}/create`,
    body: { experiment_id: experiment, start_time: nowMs + number, tags: [{ key: 'mlflow.user', value: 'bench' }] },
  }),
  'log metric': ({ run, number }) => ({
    method: 'POST',
    path: `${api}/log-metric`,
    body: { run_id: run, key: 'loss', value: 1 / (number + 1), timestamp: nowMs + number, step: number },
  }),
  'batch of 10': batchOf(10),
  'batch of 500': batchOf(500),
  'batch of 1000': batchOf(1000),
}

async function measure(side: Side) {
  const answers = await answersOf(side)
  const results = new Map<string, LoadResult>()
  for (const connections of connectionCounts) {
    const { experiment, runs } = await makeRuns(side, connections)
    for (const [name, work] of Object.entries(works)) {
      const request = (connection: number, number: number) => work({ experiment, run: runs[connection] ?? '', number })
      const load = { url: side.url, token: side.token, connections, request }
      await socketLoad({ ...load, seconds: 0.5 })
      // The warm-up's steps are not sent again: they would be the same points.
      const timed = { ...load, seconds, request: (c: number, n: number) => request(c, n + 1_000_000) }
      results.set(`${name}, ${connections} connections`, await socketLoad(timed))
    }
  }
  return { answers, results }
}

const { ours, theirs, rival } = await inTurn(store, measure)
requireSame(ours.answers, theirs.answers)
const rows = [...ours.results].map(([name, own]) => {
  const other = theirs.results.get(name)
  if (other === undefined) return [name]
  const failed = other.failures > 0 ? ` (${other.failures} failed)` : ''
  const ratio = other.requests === 0 ? 'none answered' : `${(own.perSecond / other.perSecond).toFixed(1)} ×`
  const latency = (of: LoadResult) => `${milliseconds(of.medianMs)} / ${milliseconds(of.p99Ms)}`
  return [name, count(own.perSecond), count(other.perSecond) + failed, ratio, latency(own), latency(other)]
})
const title = `Writes over MLflow's REST API on ${store}: Millrace (accounts, audit, full durability) beside ${rival}; same answers checked first`
report(title, ['request', 'Millrace /s', 'mlflow /s', 'ratio', 'Millrace p50 / p99', 'mlflow p50 / p99'], rows)
const points = ours.results.get('batch of 1000, 8 connections')
if (points !== undefined) process.stdout.write(`Points in batches of 1000: ${count(points.perSecond * 1000)} /s\n`)

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Measured } from './harness/http-load.ts'
import { closedLoop, httpClient } from './harness/http-load.ts'
import { startMlflow } from './harness/mlflow-server.ts'
import { count, milliseconds, report } from './harness/report.ts'
import { withScratch } from './harness/scratch.ts'
import { startServer } from './harness/server-process.ts'

// The same MLflow REST requests to both servers, each on SQLite with its defaults, in turn, by the same load generator.
const connections = 4
const totals = { 'create-run': 200, 'log-metric': 400, 'log-batch': 100 }
const rounds = 2
type Work = keyof typeof totals
const works = Object.keys(totals) as Work[] // the keys of the literal above

async function measure(url: string): Promise<Record<Work, Measured>> {
  const client = httpClient(connections)
  const api = `${url}/api/2.0/mlflow`
  const post = async <T>(path: string, body: object) =>
    JSON.parse(await client.send('POST', `${api}/${path}`, body)) as T // as MLflow's REST API answers
  const name = `bench-${performance.now()}`
  const { experiment_id: experiment } = await post<{ experiment_id: string }>('experiments/create', { name })
  const createRun = () =>
    post<{ run: { info: { run_id: string } } }>('runs/create', { experiment_id: experiment, start_time: Date.now() })
  const { run } = await createRun()
  const run_id = run.info.run_id
  const metric = (number: number) => ({ key: 'loss', value: 1 / (number + 1), timestamp: Date.now(), step: number })
  const work: Record<Work, (number: number) => Promise<unknown>> = {
    'create-run': createRun,
    'log-metric': (number) => post('runs/log-metric', { run_id, ...metric(number) }),
    'log-batch': (number) =>
      post('runs/log-batch', {
        run_id,
        metrics: Array.from({ length: 100 }, (_metric, at) => metric(100_000 + number * 100 + at)),
        params: [],
        tags: [],
      }),
  }
  const measured: Partial<Record<Work, Measured>> = {}
  for (const which of works) measured[which] = await closedLoop(connections, totals[which], work[which])
  client.close()
  return measured as Record<Work, Measured> // every work was measured
}

const medianOf = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

await withScratch(async (folder) => {
  mkdirSync(join(folder, 'mlflow'))
  const ours: Record<Work, Measured>[] = []
  const theirs: Record<Work, Measured>[] = []
  let version = ''
  for (let round = 1; round <= rounds; round += 1) {
    const millrace = await startServer(join(folder, 'millrace'))
    ours.push(await measure(millrace.url))
    await millrace.stop()
    const mlflow = await startMlflow(join(folder, 'mlflow'))
    version = mlflow.version
    theirs.push(await measure(mlflow.url))
    await mlflow.stop()
  }
  const rows = works.map((which) => {
    const own = medianOf(ours.map((round) => round[which].perSecond))
    const other = medianOf(theirs.map((round) => round[which].perSecond))
    const latency = (of: typeof ours) => milliseconds(medianOf(of.map((round) => round[which].medianMs)))
    return [which, count(own), count(other), `${(own / other).toFixed(1)} ×`, latency(ours), latency(theirs)]
  })
  report(
    `Tracking over MLflow's REST API: Millrace beside mlflow server ${version}, ${connections} connections, log-batch of 100 metrics`,
    ['request', 'Millrace /s', 'mlflow /s', 'ratio', 'Millrace median', 'mlflow median'],
    rows,
  )
})

import { isDeepStrictEqual } from 'node:util'
import type { RunAnswer, Side } from './sides.ts'
import { ask, makeRuns } from './sides.ts'

const filters = [
  'metrics.loss < 0.3',
  'metrics.loss >= 0.2 and params.lr = "0.1"',
  'tags.kind like "a%"',
  "attributes.status = 'FINISHED'",
  '',
] as const
const orders = [['metrics.loss DESC'], ['params.lr ASC', 'metrics.acc DESC'], ['attributes.start_time ASC']] as const

/**
 * What a server answers to a fixed story: runs with metrics, params and tags, then searches, a run, a history. Ids and
 * times of the server's own are left out, lists without an order of their own are sorted.
 */
export async function answersOf(side: Side): Promise<unknown> {
  const { experiment, runs } = await makeRuns(side, 12)
  for (const [number, run_id] of runs.entries()) await logStory(side, run_id, number)
  const answers: unknown[] = []
  for (const filter of filters) {
    for (const order_by of orders) {
      const body = { experiment_ids: [experiment], filter, order_by, max_results: 7 }
      const { runs: found = [] } = await ask<{ runs?: RunAnswer[] }>(side, 'POST', 'runs/search', body)
      answers.push(found.map(shown))
    }
  }
  const { run } = await ask<{ run: RunAnswer }>(side, 'GET', `runs/get?run_id=${runs[3]}`)
  answers.push(shown(run))
  answers.push(await ask(side, 'GET', `metrics/get-history?run_id=${runs[3]}&metric_key=loss`))
  return answers
}

async function logStory(side: Side, run_id: string, number: number): Promise<void> {
  const metrics = Array.from({ length: 5 }, (_metric, step) => ({
    key: 'loss',
    value: Math.round(1000 / (1 + step + number)) / 1000,
    timestamp: 1_760_000_000_000 + step,
    step,
  }))
  const acc = { key: 'acc', value: number / 16, timestamp: 1_760_000_000_000, step: 0 }
  const params = [{ key: 'lr', value: number % 2 === 0 ? '0.1' : '0.01' }]
  const tags = [{ key: 'kind', value: number % 3 === 0 ? 'ab' : 'cd' }]
  await ask(side, 'POST', 'runs/log-batch', { run_id, metrics: [...metrics, acc], params, tags })
  // A client that did not see the answer sends it again.
  await ask(side, 'POST', 'runs/log-batch', { run_id, metrics: [...metrics, acc], params, tags })
  await ask(side, 'POST', 'runs/log-metric', { run_id, ...acc })
  if (number % 4 === 0)
    await ask(side, 'POST', 'runs/update', { run_id, status: 'FINISHED', end_time: 1_760_000_001_000 })
}

function shown({ info, data }: RunAnswer): unknown {
  const sorted = <T extends { key: string }>(list: readonly T[] = []) =>
    list.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const tags = sorted(data.tags).filter(({ key }) => !key.startsWith('mlflow.'))
  return { name: info.run_name, metrics: sorted(data.metrics), params: sorted(data.params), tags }
}

/** Throws where the two sides did not answer the same. */
export function requireSame(ours: unknown, theirs: unknown): void {
  if (isDeepStrictEqual(ours, theirs)) return
  throw new Error(`The answers differ, so nothing was timed.\n${JSON.stringify(ours)}\n${JSON.stringify(theirs)}`)
}

import type { Ask, Sent } from '../../journeys/ask.ts'
import type { Operation } from './operation.ts'
import { readRun } from './read-run.ts'
import type { Delta, Point, RunState } from './run-state.ts'
import { addDelta, newRunState, shareOf, timeOfStep } from './run-state.ts'

/** The experiment that all writers write to. */
export const experimentName = 'writers'
const mlflow = '//api/2.0/mlflow'

const asPoint = ({ key, step, value }: Point) => ({ key, step, value, timestamp: timeOfStep(step) })
const asPairs = (of: Readonly<Record<string, string>> = {}) =>
  Object.entries(of).map(([key, value]) => ({ key, value }))

/** Makes a run by MLflow's API, which has no way to say that it is the same request again. */
export function createRunByMlflow(experiment: string, name: string, keep: (run: RunState) => void): Operation {
  const delta = { tags: { made: 'by mlflow' } }
  const body = { experiment_id: experiment, run_name: name, start_time: timeOfStep(0), tags: asPairs(delta.tags) }
  return {
    what: `create run ${name} by MLflow`,
    send: (ask, url) => ask(url, 'POST', `${mlflow}/runs/create`, body),
    accept: (answer) => keep(newRunState(answer.json<CreatedRun>().run.info.run_id, name, delta)),
    resolve: async (ask, url) => {
      const ids = await runsNamed(ask, url, experiment, name)
      if (ids.length > 1) return `${ids.length} runs have this name`
      if (ids[0] !== undefined) keep(newRunState(ids[0], name, delta))
      return undefined
    },
  }
}

interface CreatedRun {
  readonly run: { readonly info: { readonly run_id: string } }
}

/** Makes a run by our API: sent again with the same key, it is the same run. */
export function createRunByKey(experiment: string, name: string, keep: (run: RunState) => void): Operation {
  const delta = { params: { seed: name }, tags: { made: 'by key' } }
  const send = (ask: Ask, url: string) =>
    ask(url, 'POST', '/runs', { experiment: experimentName, name, ...delta }, { 'idempotency-key': name })
  const accept: Operation['accept'] = (answer) => keep(newRunState(answer.json<{ id: string }>().id, name, delta))
  return {
    what: `create run ${name} by key`,
    send,
    accept,
    resolve: async (ask, url) => {
      const again = await send(ask, url)
      if (again.status >= 300) return `sent again it was answered ${again.status}: ${again.text}`
      accept(again)
      const ids = await runsNamed(ask, url, experiment, name)
      return ids.length === 1 ? undefined : `${ids.length} runs have this name`
    },
  }
}

async function runsNamed(ask: Ask, url: string, experiment: string, name: string): Promise<string[]> {
  const body = { experiment_ids: [experiment], filter: `attributes.run_name = '${name}'` }
  const found = await ask(url, 'POST', `${mlflow}/runs/search`, body)
  if (found.status !== 200) throw new Error(`runs/search answered ${found.status}: ${found.text}`)
  return (found.json<{ runs?: CreatedRun['run'][] }>().runs ?? []).map(({ info }) => info.run_id)
}

/** Adds points, params and tags by MLflow's log-batch: all or nothing. */
export function logBatch(run: RunState, delta: Delta): Operation {
  const { points = [], params, tags } = delta
  const body = { run_id: run.id, metrics: points.map(asPoint), params: asPairs(params), tags: asPairs(tags) }
  return adding('log-batch', run, delta, ['POST', `${mlflow}/runs/log-batch`, body])
}

export function logMetric(run: RunState, point: Point): Operation {
  const body = { run_id: run.id, ...asPoint(point) }
  return adding('log-metric', run, { points: [point] }, ['POST', `${mlflow}/runs/log-metric`, body])
}

export function logParam(run: RunState, key: string, value: string): Operation {
  const body = { run_id: run.id, key, value }
  return adding('log-parameter', run, { params: { [key]: value } }, ['POST', `${mlflow}/runs/log-parameter`, body])
}

export function setTag(run: RunState, key: string, value: string): Operation {
  const body = { run_id: run.id, key, value }
  return adding('set-tag', run, { tags: { [key]: value } }, ['POST', `${mlflow}/runs/set-tag`, body])
}

/** Adds points, params and tags by our API: all or nothing. */
export function logNatively(run: RunState, delta: Delta): Operation {
  const metrics = (delta.points ?? []).map(({ key, step, value }) => ({
    key,
    step,
    value,
    timestampMs: timeOfStep(step),
  }))
  const body = { metrics, params: delta.params ?? {}, tags: delta.tags ?? {} }
  return adding('log', run, delta, ['POST', `/runs/${run.id}/log`, body])
}

/** Writes a file of a run, new or over the one before, by our API or by MLflow's proxy. */
export function putArtifact(
  experiment: string,
  run: RunState,
  path: string,
  content: string,
  by: 'us' | 'mlflow',
): Operation {
  const proxied = `//api/2.0/mlflow-artifacts/artifacts/${experiment}/${run.id}/artifacts/${path}`
  const target = by === 'us' ? `/runs/${run.id}/artifacts/${path}` : proxied
  return adding(`artifact by ${by}`, run, { artifact: { path, content } }, ['PUT', target, Buffer.from(content)])
}

function adding(what: string, run: RunState, delta: Delta, [method, path, body]: [string, string, Sent]): Operation {
  return {
    what: `${what} on run ${run.id}`,
    send: (ask, url) => ask(url, method, path, body),
    accept: () => addDelta(run, delta),
    resolve: async (ask, url) => {
      const paths = delta.artifact === undefined ? [] : [delta.artifact.path]
      const actual = await readRun(ask, url, run.id, paths)
      if (actual === undefined) return 'the run is not there'
      const share = shareOf(actual.state, delta)
      if (share === 'all') addDelta(run, delta)
      return share === 'half' ? 'half of it is there' : undefined
    },
  }
}

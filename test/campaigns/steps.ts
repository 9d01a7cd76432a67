import { createHash } from 'node:crypto'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import type { Sent } from '../journeys/ask.ts'
import type { Acknowledged } from './ledger.ts'

/** One request of the loop, and what its answer promises. */
export interface Step {
  readonly key: string
  readonly method: string
  readonly path: (known: Known) => string
  readonly body?: (known: Known) => Sent
  readonly promises: (answer: Record<string, unknown>, known: Known) => Omit<Acknowledged, 'key'>
}

/** Ids by the key of the step that made them. */
export type Known = ReadonlyMap<string, string>

export const metricsPerRun = 3
export const predictionsPerRound = 4

// The run of a round has an id of the caller's choice, so that a proxy can answer in the server's place.
function runIdOf(round: number): string {
  return createHash('sha256').update(`run ${round}`).digest('hex').slice(0, 32)
}

const idOf = (known: Known, key: string) => known.get(key) ?? ''
const own = (kind: Acknowledged['kind'], id?: string) => (answer: Record<string, unknown>) => {
  return { kind, id: id ?? String(answer['id']) }
}

/** A person, data, a model and an endpoint: what has to be there before the first round. */
export function prepareSteps(): Step[] {
  const csv = Buffer.from('x,late\n1,1\n-1,0\n0.5,1\n')
  const file = (known: Known) => ({ files: [{ path: 'rows.csv', digest: idOf(known, 'upload') }] })
  const put = (path: string, body: object): Step => {
    return { key: path, method: 'PUT', path: () => path, body: () => body, promises: own('data', path) }
  }
  return [
    {
      key: 'user',
      method: 'POST',
      path: () => '/users',
      body: () => ({ name: 'maya', roles: ['editor'] }),
      promises: own('user'),
    },
    put('/datasets/rows', {}),
    put('/models/tiny', {}),
    put('/endpoints/tiny', { model: 'tiny' }),
    {
      key: 'upload',
      method: 'POST',
      path: () => '/datasets/rows/uploads?path=rows.csv',
      body: () => csv,
      promises: ({ digest }) => ({ kind: 'data', id: String(digest) }),
    },
    { key: 'data', method: 'POST', path: () => '/datasets/rows/versions', body: file, promises: own('data') },
  ]
}

/** A run that ends as a deployed version, its predictions, and their truth. */
export function roundSteps(round: number): Step[] {
  const predictions = Array.from({ length: predictionsPerRound }, (_, index) => predictionSteps(round, index))
  return [...trainingSteps(round), ...versionSteps(round), ...predictions.flat()]
}

/** One version more, which comes to the endpoint by a rollout. */
export function finaleSteps(round: number): Step[] {
  const plan = { steps: [{ weight: 50, minPredictions: 5, minLabels: 0 }], guardrails: [] }
  const rollout: Step = {
    key: 'rollout',
    method: 'POST',
    path: () => '/endpoints/tiny/rollouts',
    body: (known) => ({ versionId: idOf(known, `${round} version`), plan }),
    promises: own('rollout'),
  }
  return [...trainingSteps(round), ...versionSteps(round).slice(0, -1), rollout]
}

function trainingSteps(round: number): Step[] {
  const runId = runIdOf(round)
  const metrics = Array.from({ length: metricsPerRun }, (_, step) => {
    return { key: 'loss', value: round + step / 10, step, timestampMs: 1000 + step }
  })
  const bytes = Buffer.from(tinyModel({ weights: { x: 2 + round / 10 }, bias: 0 }))
  const name = `${round} run`
  return [
    {
      key: name,
      method: 'POST',
      path: () => '/runs',
      body: (known) => ({
        id: runId,
        experiment: 'crash',
        name,
        data: [{ version: idOf(known, 'data'), context: 'training' }],
      }),
      promises: own('run', runId),
    },
    {
      key: `${round} log`,
      method: 'POST',
      path: () => `/runs/${runId}/log`,
      body: () => ({ metrics, params: { round: String(round) } }),
      promises: own('log', runId),
    },
    {
      key: `${round} artifact`,
      method: 'PUT',
      path: () => `/runs/${runId}/artifacts/model.onnx`,
      body: () => bytes,
      promises: own('data', runId),
    },
  ]
}

function versionSteps(round: number): Step[] {
  const runId = runIdOf(round)
  const version = `${round} version`
  const metrics = [{ name: 'log_loss', value: 0.5, n: 3 }]
  return [
    {
      key: version,
      method: 'POST',
      path: () => '/models/tiny/versions',
      body: () => ({ runId, artifactPath: 'model.onnx' }),
      promises: own('version'),
    },
    {
      key: `${round} evidence`,
      method: 'POST',
      path: (known) => `/model-versions/${idOf(known, version)}/evidence`,
      body: () => ({ kind: 'evaluation', metrics, verdict: 'pass', sentence: 'Measured on three rows.' }),
      promises: own('evidence'),
    },
    {
      key: `${round} finish`,
      method: 'PATCH',
      path: () => `/runs/${runId}`,
      body: () => ({ status: 'finished' }),
      promises: own('finish', runId),
    },
    {
      key: `${round} deployment`,
      method: 'POST',
      path: () => '/endpoints/tiny/deployments',
      body: (known) => ({ versionId: idOf(known, version) }),
      promises: own('deployment'),
    },
  ]
}

/** A prediction and its truth. */
export function predictionSteps(round: number, index: number): Step[] {
  const prediction = `${round} prediction ${index}`
  const value = index % 2
  return [
    {
      key: prediction,
      method: 'POST',
      path: () => '/endpoints/tiny/predict',
      body: () => ({ rows: [{ x: index }] }),
      promises: own('prediction'),
    },
    {
      key: `${round} label ${index}`,
      method: 'POST',
      path: () => '/endpoints/tiny/ground-truth',
      body: (known) => ({ labels: [{ id: `${idOf(known, prediction)}.0`, value }] }),
      promises: (_answer, known) => ({ kind: 'label', id: idOf(known, prediction), value }),
    },
  ]
}

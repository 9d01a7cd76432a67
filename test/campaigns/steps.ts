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

/** The run of a round has an id of the caller's choice, so that a proxy can answer in the server's place. */
export function runIdOf(round: number): string {
  return createHash('sha256').update(`run ${round}`).digest('hex').slice(0, 32)
}

export const weightOf = (round: number) => 2 + round / 10
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
  const runId = runIdOf(round)
  const key = (name: string) => `${round} ${name}`
  const metrics = Array.from({ length: metricsPerRun }, (_, step) => ({
    key: 'loss',
    value: round + step / 10,
    step,
    timestampMs: 1000 + step,
  }))
  const bytes = Buffer.from(tinyModel({ weights: { x: weightOf(round) }, bias: 0 }))
  const evidence = {
    kind: 'evaluation',
    metrics: [{ name: 'log_loss', value: 0.5, n: 3 }],
    verdict: 'pass',
    sentence: 'Measured on three rows.',
  }
  const post = (
    name: string,
    path: (known: Known) => string,
    body: (known: Known) => Sent,
    promises: Step['promises'],
  ): Step => {
    return { key: key(name), method: 'POST', path, body, promises }
  }
  const first = [
    post(
      'run',
      () => '/runs',
      (known) => ({
        id: runId,
        experiment: 'crash',
        name: key('run'),
        data: [{ version: idOf(known, 'data'), context: 'training' }],
      }),
      own('run', runId),
    ),
    post(
      'log',
      () => `/runs/${runId}/log`,
      () => ({ metrics, params: { round: String(round) } }),
      own('log', runId),
    ),
    {
      key: key('artifact'),
      method: 'PUT',
      path: () => `/runs/${runId}/artifacts/model.onnx`,
      body: () => bytes,
      promises: own('data', runId),
    },
    post(
      'version',
      () => '/models/tiny/versions',
      () => ({ runId, artifactPath: 'model.onnx' }),
      own('version'),
    ),
    post(
      'evidence',
      (known) => `/model-versions/${idOf(known, key('version'))}/evidence`,
      () => evidence,
      own('evidence'),
    ),
    {
      key: key('finish'),
      method: 'PATCH',
      path: () => `/runs/${runId}`,
      body: () => ({ status: 'finished' }),
      promises: own('finish', runId),
    },
    post(
      'deployment',
      () => '/endpoints/tiny/deployments',
      (known) => ({ versionId: idOf(known, key('version')) }),
      own('deployment'),
    ),
  ] satisfies Step[]
  const served = Array.from({ length: predictionsPerRound }, (_, index) => [
    post(
      `prediction ${index}`,
      () => '/endpoints/tiny/predict',
      () => ({ rows: [{ x: index }] }),
      own('prediction'),
    ),
    post(
      `label ${index}`,
      () => '/endpoints/tiny/ground-truth',
      (known) => ({ labels: [{ id: `${idOf(known, key(`prediction ${index}`))}.0`, value: index % 2 }] }),
      (_answer, known) => ({ kind: 'label', id: idOf(known, key(`prediction ${index}`)), value: index % 2 }),
    ),
  ])
  return [...first, ...served.flat()]
}

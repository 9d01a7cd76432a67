import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { testKernel } from '@millrace/kernel/testing'
import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking } from '@millrace/experiment-tracking'
import { createModelRegistry } from '@millrace/model-registry'
import { createTraces } from '@millrace/traces'
import { createMlflowDialect } from '../mlflow.ts'

/** A kernel that speaks MLflow. */
export async function mlflowKernel(openStore: OpenStore): Promise<TestKernel> {
  return testKernel({
    database: await openStore(),
    domains: (runtime) => [
      createDatasets(runtime),
      createExperimentTracking(runtime),
      createTraces(runtime),
      createModelRegistry(runtime),
      createMlflowDialect(runtime),
    ],
  })
}

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number
  // Whatever the test looks into.
  readonly body: { readonly [name: string]: never }
}

/** Sends one request below `/api/2.0/mlflow/`; `body` may be JSON text as it stands. */
export async function ask(
  t: TestKernel,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object | string,
): Promise<Answer> {
  const url = `/api/2.0/mlflow/${path}`
  const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const sent = payload === undefined ? {} : { payload, headers: { 'content-type': 'application/json' } }
  const answer = await t.app.inject({ method, url, ...sent })
  return { status: answer.statusCode, body: answer.json() }
}

/** Starts a run of experiment 0; gives its id. */
export async function startRun(t: TestKernel, more: object = {}): Promise<string> {
  const { body } = await ask(t, 'POST', 'runs/create', { experiment_id: '0', start_time: 1_700_000_000_000, ...more })
  const { run } = body as unknown as { run: { info: { run_id: string } } } // MLflow's form
  return run.info.run_id
}

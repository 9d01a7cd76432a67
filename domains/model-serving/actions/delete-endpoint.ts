import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/serving-store.ts'
import { requireEndpoint } from './require-endpoint.ts'
import { specOf } from './show.ts'

/** Ends an endpoint and its deployments. Its prediction log stays, and a new one of the same name goes on under the same id. */
export const deleteEndpoint = action(contract.deleteEndpoint, async ({ store, input, nowMs, holds }) => {
  const { name } = input
  const row = await requireEndpoint(store, name)
  const open = await store.rollouts.open(name)
  if (open !== undefined) throw contract.servingProblem['rollout-open']({ name, rolloutId: open.id })
  const running = await store.experiments.open(name)
  if (running !== undefined) throw contract.servingProblem['experiment-open']({ name, experimentId: running.id })
  for (const deployment of await store.deployments.live(name)) {
    await store.deployments.update(deployment.id, { role: 'retired', weight: 0, state: 'stopped', ended_at_ms: nowMs })
    await holds.release(ref('model-version', deployment.version_id), ref('deployment', deployment.id))
  }
  await store.endpoints.remove(name, nowMs)
  return {
    answer: {},
    events: [contract.endpointChanged({ id: row.id, name })],
    audit: { object: ref('endpoint', row.id), before: specOf(row) },
  }
})

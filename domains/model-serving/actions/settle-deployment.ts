import { Done, endpoint, id, ref } from '@millrace/contract'
import { z } from 'zod'
import { deploymentReady } from '../contract.ts'
import { action } from '../store/serving-store.ts'
import { showDeployment } from './show.ts'

/** Millrace's own: what became of a deployment in the data plane. It has no address; only the system's actor may run it. */
const contract = endpoint({
  name: 'model-serving.settle-deployment',
  method: 'POST',
  path: '/deployments/{id}/settle',
  summary: 'Records that a deployment is ready, has failed or has stopped',
  needs: { permission: 'model-serving:administer' },
  input: z.object({
    id: id('deployment'),
    state: z.enum(['ready', 'failed', 'stopped']),
    reason: z.string().max(2000).optional(),
  }),
  output: Done,
})

/** Moves a deployment on: loading → ready | failed, failed → ready, draining → stopped. What it is already, it stays. */
export const settleDeployment = action(contract, async ({ store, input, nowMs, holds }) => {
  const row = await store.deployments.find(input.id)
  if (row === undefined || !mayBecome(row.state, input.state)) return { answer: {}, audit: 'unchanged' }
  const set = {
    state: input.state,
    reason: input.reason ?? null,
    ...(input.state === 'ready' ? { ready_at_ms: row.ready_at_ms ?? nowMs } : {}),
    ...(input.state === 'stopped' ? { ended_at_ms: nowMs } : {}),
  }
  await store.deployments.update(row.id, set)
  if (input.state === 'stopped') await holds.release(ref('model-version', row.version_id), ref('deployment', row.id))
  const { id: self, endpoint: name, version_id: versionId, version } = row
  const isFirstReady = input.state === 'ready' && row.ready_at_ms === null
  return {
    answer: {},
    events: isFirstReady ? [deploymentReady({ id: self, endpoint: name, versionId, version })] : [],
    audit: { object: ref('deployment', self), before: showDeployment(row), after: showDeployment({ ...row, ...set }) },
  }
})

function mayBecome(state: string, next: 'ready' | 'failed' | 'stopped'): boolean {
  if (next === 'ready') return state === 'loading' || state === 'failed'
  if (next === 'failed') return state === 'loading' || state === 'ready'
  return state === 'draining'
}

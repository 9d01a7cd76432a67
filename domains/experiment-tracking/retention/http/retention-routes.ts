import { ref } from '@millrace/contract'
import type { AnswerOf, Endpoint } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { callContextOf, parseInput } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import * as contract from '../../contract.ts'
import { storeOf } from '../../store/tracking.ts'
import { putQuota } from '../actions/quotas.ts'
import { warningsOf } from '../model/retention.ts'
import { dayOf } from '../store/usage-rows.ts'
import { collectTrash } from './collect-trash.ts'
import { quotaGateOf } from './quota-gate.ts'

const root = '/api/millrace/v1/w/:workspace'

/** What these routes serve, for the API's description. */
export const retentionEndpoints: readonly Endpoint[] = [contract.collectTrash, contract.readUsage, contract.putQuota]

/** Work around transactions: freeing bytes, counting, and telling the gate of new limits. */
export function retentionRoutes(app: FastifyInstance, runtime: Runtime): void {
  app.post(`${root}/garbage`, async (request) =>
    collectTrash(runtime, await callContextOf(runtime, request), request.body ?? {}),
  )
  app.get(`${root}/usage`, async (request) => readUsage(runtime, await callContextOf(runtime, request)))
  app.put(`${root}/quota`, async (request) => {
    const context = await callContextOf(runtime, request)
    const quota = await runtime.runner.act(putQuota, parseInput(contract.putQuota, request.body ?? {}), context)
    await quotaGateOf(runtime).refresh(context.workspace)
    return quota
  })
}

/** Counts what a workspace holds. */
async function readUsage(runtime: Runtime, context: CallContext): Promise<AnswerOf<typeof contract.readUsage>> {
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, contract.readUsage.needs.permission, ref('workspace', context.workspace))
  await quotaGateOf(runtime).writeDown()
  const { usage, purge } = storeOf(runtime.database.reader, context.workspace)
  const [artifacts, runs, experiments] = [await usage.artifacts(), await usage.runs(), await usage.experiments()]
  const pointsToday = await usage.pointsOn(dayOf(runtime.nowMs()))
  const quota = await usage.quota()
  const used = { artifactBytes: artifacts.bytes, runs: runs.active + runs.deleted, pointsPerDay: pointsToday }
  return {
    artifacts,
    runs,
    experiments,
    pointsToday,
    waitingBytes: await purge.waitingBytes(),
    quota,
    warnings: warningsOf(quota, used),
  }
}

import type { Runtime } from '@millrace/kernel'
import { callContextOf, parseInput } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import * as contract from '../contract.ts'
import type { MonitorEvaluator } from '../jobs/monitor-evaluator.ts'

const root = '/api/millrace/v1/w/:workspace'

/** What an action cannot be: an evaluation reads files before its transactions. */
export function routes(app: FastifyInstance, runtime: Runtime, evaluator: MonitorEvaluator): void {
  app.post(`${root}/monitors/:name/evaluation`, async (request) => {
    const context = await callContextOf(runtime, request)
    const { needs } = contract.evaluateMonitor
    const input = parseInput(contract.evaluateMonitor, { ...membersOf(request.body), ...membersOf(request.params) })
    const on = needs.on?.(input)
    if (on !== undefined) await runtime.authorize(runtime.runner.readScope(context), needs.permission, on)
    return evaluator.evaluate(context, input)
  })
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

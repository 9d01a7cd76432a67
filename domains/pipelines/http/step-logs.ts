import { sendJobLog } from '@millrace/compute'
import type { Runtime } from '@millrace/kernel'
import { callContextOf, parseInput } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import { readRun } from '../actions/read-runs.ts'
import { problem, readStepLogs } from '../contract.ts'

/** `GET …/pipeline-runs/{id}/steps/{step}/logs`: the log of the job of a step's newest (or the given) attempt. */
export function routeStepLogs(app: FastifyInstance, runtime: Runtime): void {
  app.get('/api/millrace/v1/w/:workspace/pipeline-runs/:id/steps/:step/logs', async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const { id, step, attempt, after, follow } = parseInput(readStepLogs, {
      ...asObject(request.query),
      ...asObject(request.params),
    })
    const run = await runtime.runner.ask(readRun, { id }, context)
    const attempts = run.steps.find((candidate) => candidate.name === step)?.attempts ?? []
    const wanted = attempt === undefined ? attempts.at(-1) : attempts.find((candidate) => candidate.number === attempt)
    if (wanted === undefined) throw problem['no-such-step']({ run: id, step })
    return sendJobLog(runtime, { request, reply, context }, { id: wanted.jobId, after, follow })
  })
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

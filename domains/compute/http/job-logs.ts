import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CallContext, Runtime } from '@millrace/kernel'
import { callContextOf, parseInput } from '@millrace/kernel'
import { readJob } from '../actions/read-jobs.ts'
import * as contract from '../contract.ts'
import { hasEnded } from '../model/job.ts'
import { jobLogFolder, newestLog, readJobLog } from '../process/job-log.ts'

const followEveryMs = 200

/** What of a log is wanted. */
export interface LogQuestion {
  readonly id: string
  readonly attempt?: number | undefined
  readonly after: number
  readonly follow: boolean
}

/** `GET …/jobs/{id}/logs`: pages of lines as JSON, or with `follow=true` server-sent events whose ids are offsets. */
export function routeJobLogs(app: FastifyInstance, runtime: Runtime): void {
  app.get('/api/millrace/v1/w/:workspace/jobs/:id/logs', async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const input = parseInput(contract.readJobLogs, { ...asObject(request.query), ...asObject(request.params) })
    return sendJobLog(runtime, { request, reply, context }, input)
  })
}

/** Answers a request with a job's log. For other domains' routes (the log of a pipeline's step). */
export async function sendJobLog(
  runtime: Runtime,
  { request, reply, context }: { request: FastifyRequest; reply: FastifyReply; context: CallContext },
  question: LogQuestion,
): Promise<unknown> {
  const page = logReader(runtime, context, question)
  const wantsStream = question.follow || String(request.headers.accept).includes('text/event-stream')
  if (!wantsStream) return page(question.after)
  const resumed = Number(request.headers['last-event-id'] ?? Number.NaN)
  let after = Number.isSafeInteger(resumed) && resumed >= 0 ? resumed : question.after
  // The first page is asked for before the answer begins, so that a job which is not there answers 404.
  let current = await page(after)
  reply.hijack()
  const response = reply.raw
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  while (!response.destroyed) {
    if (current.next !== after) response.write(`id: ${current.next}\ndata: ${JSON.stringify(current)}\n\n`)
    if (current.ended) break
    if (current.next === after) await sleep(followEveryMs)
    after = current.next
    current = await page(after)
  }
  response.end('event: end\ndata: {}\n\n')
  return reply
}

function logReader(runtime: Runtime, context: CallContext, question: LogQuestion) {
  const folder = jobLogFolder(runtime.dataDir, context.workspace, question.id)
  return async (after: number) => {
    // The state is read first: whatever was logged before the end is in the file by then.
    const job = await runtime.runner.ask(readJob, { id: question.id }, context)
    const attempt = question.attempt ?? Math.max(1, job.attempt, await newestLog(folder))
    const { lines, next, atEnd } = await readJobLog(join(folder, `${attempt}.log`), after)
    const ended = atEnd && (hasEnded(job.state) || attempt < job.attempt)
    return { attempt, lines, next, ended }
  }
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

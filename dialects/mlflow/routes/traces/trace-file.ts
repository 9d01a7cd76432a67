import type { Runtime } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { optionalText } from '../../wire/message.ts'
import { MlflowError } from '../../wire/mlflow-error.ts'
import { contextOf, messageOf } from '../../wire/scope.ts'
import { tracesFile } from './trace-messages.ts'
import { find } from './traces.ts'

/** `get-trace-artifact`: a trace's spans as the file that clients of old keep beside it. MLflow's pages read it. */
export function serveTraceFile(app: FastifyInstance, runtime: Runtime): void {
  for (const version of ['2.0', '3.0']) {
    app.get(`/ajax-api/${version}/mlflow/get-trace-artifact`, (request, reply) => send(runtime, request, reply))
  }
}

async function send(runtime: Runtime, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const id = optionalText(messageOf(request), 'request_id')
  if (id === undefined || id === '')
    throw new MlflowError('BAD_REQUEST', 'Request must include the "request_id" query parameter.')
  const { spans } = await find({ runtime, context: await contextOf(runtime, request) }, id, true)
  return reply
    .type('application/octet-stream')
    .header('content-disposition', 'attachment; filename=traces.json')
    .header('x-content-type-options', 'nosniff')
    .send(Buffer.from(tracesFile(spans)))
}

import type { Endpoint } from '@millrace/contract'
import type { CallContext, ReadOptions, Runtime } from '@millrace/kernel'
import { callContextOf, whileConnected } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as contract from '../../contract.ts'
import { countRuns, facetRuns, readRunColumns, searchRunsAsJson } from './search-runs.ts'

/** What these routes serve. Their answers come from reader threads, some of them ready as bytes. */
export const searchEndpoints: readonly Endpoint[] = [
  contract.searchRuns,
  contract.countRuns,
  contract.runFacets,
  contract.runColumns,
]

const base = '/api/millrace/v1/w/:workspace'

/** Searches, counts, facets and columns of runs. */
export async function searchRoutes(app: FastifyInstance, runtime: Runtime): Promise<void> {
  const post = (path: string, read: (context: CallContext, input: never, options: ReadOptions) => Promise<unknown>) => {
    app.post(`${base}${path}`, async (request, reply) => {
      const context = await callContextOf(runtime, request)
      // The contract reads what a client sent; until then it is anything.
      const input = (request.body ?? {}) as never
      const answer = await whileConnected(request, (signal) => read(context, input, { signal }))
      return Buffer.isBuffer(answer) ? reply.type('application/json; charset=utf-8').send(answer) : answer
    })
  }
  post('/runs/search', (context, input, options) => searchRunsAsJson(runtime, context, input, options))
  post('/runs/count', (context, input, options) => countRuns(runtime, context, input, options))
  post('/runs/facets', (context, input, options) => facetRuns(runtime, context, input, options))
  app.get(`${base}/experiments/:name/runs.columns`, async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const asked = columnsAsked(request)
    const bytes = await whileConnected(request, (signal) => readRunColumns(runtime, context, asked, { signal }))
    return reply.type(contract.runColumns.answerType ?? '').send(bytes)
  })
}

function columnsAsked(request: FastifyRequest) {
  const { name } = request.params as { name: string } // the route's own pattern
  // The contract reads what a client sent; until then it is anything.
  return { ...(request.query as object), name }
}

import type { Endpoint } from '@millrace/contract'
import type { Runtime } from '@millrace/kernel'
import { callContextOf, parseInput } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import * as contract from '../../contract.ts'
import { exportMetrics } from './export-metrics.ts'
import { mustExist, readMetricPage } from './read-points.ts'
import { readSeries } from './read-series.ts'
import { pageJson } from './write-points.ts'
import { seriesBytes, seriesJson } from './write-series.ts'

/** What `seriesRoutes` serves by hand: answers that are streams or columns. */
export const seriesEndpoints: readonly Endpoint[] = [
  contract.readMetricHistory,
  contract.readSeries,
  contract.exportMetrics,
]

const workspace = '/api/millrace/v1/w/:workspace'

/** Series for charts, and exports. */
export function seriesRoutes(app: FastifyInstance, runtime: Runtime): void {
  app.post(`${workspace}/runs/series`, async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const series = await readSeries(runtime, context, parseInput(contract.readSeries, request.body ?? {}))
    if (request.headers.accept?.includes('application/octet-stream') ?? false) {
      return reply.type('application/octet-stream').send(seriesBytes(series))
    }
    return reply.type('application/json; charset=utf-8').send(await seriesJson(series))
  })
  app.get(`${workspace}/runs/:id/metrics/:key`, async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const query = typeof request.query === 'object' ? request.query : {}
    const names = request.params as { id: string; key: string } // the route's own pattern
    const wish = parseInput(contract.readMetricHistory, { ...query, id: names.id, key: names.key })
    const page = await readMetricPage(runtime, context, wish)
    if (page.total === 0) await mustExist(runtime, context, wish.id)
    return reply.type('application/json; charset=utf-8').send(await pageJson(page))
  })
  app.get(`${workspace}/runs/:id/metrics-export`, async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const query = typeof request.query === 'object' ? request.query : {}
    const { id } = request.params as { id: string } // the route's own pattern
    const file = await exportMetrics(runtime, context, parseInput(contract.exportMetrics, { ...query, id }))
    return reply
      .type(file.mediaType)
      .header('content-disposition', `attachment; filename="${file.fileName}"`)
      .send(file.body)
  })
}

import type { Endpoint } from '@millrace/contract'
import type { Runtime } from '@millrace/kernel'
import { callContextOf, parseInput } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as contract from '../../contract.ts'
import { compareRuns } from '../model/compare-runs.ts'
import { provenanceOfRun, sideOf } from './provenance-of-run.ts'

/** What these routes serve. They read files of runs, which a query may not wait for. */
export const reproductionEndpoints: readonly Endpoint[] = [contract.readProvenance, contract.readDifferences]

const run = '/api/millrace/v1/w/:workspace/runs/:id'

/** How runs came about, and what two of them do not have in common. */
export function reproductionRoutes(app: FastifyInstance, runtime: Runtime): void {
  app.get(`${run}/provenance`, async (request) => {
    const context = await callContextOf(runtime, request)
    const { id } = parseInput(contract.readProvenance, paramsOf(request))
    return (await provenanceOfRun(runtime, context, id)).provenance
  })
  app.get(`${run}/differences/:other`, async (request) => {
    const context = await callContextOf(runtime, request)
    const { id, other } = parseInput(contract.readDifferences, paramsOf(request))
    const [left, right] = await Promise.all([sideOf(runtime, context, id), sideOf(runtime, context, other)])
    return compareRuns(left, right)
  })
}

// The contract reads what a client sent; until then it is anything.
const paramsOf = (request: FastifyRequest) => request.params as never

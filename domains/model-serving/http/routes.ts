import type { Runtime } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import * as contract from '../contract.ts'
import { createIngest } from '../edge/process/ingest-predictions.ts'
import type { ServingControl } from '../process/control/serving-control.ts'
import { countPredictions } from './count-predictions.ts'
import { deployAndWait, experimentLoaded, rollOutLoaded } from './deploy-and-wait.ts'
import type { EndpointStatistics } from './endpoint-statistics.ts'
import { forwardPredictions } from './forward-predictions.ts'
import type { PredictionLog } from './prediction-log.ts'
import { serveContract } from './serve-contract.ts'

export interface RouteParts {
  readonly runtime: Runtime
  readonly control: ServingControl
  readonly log: PredictionLog
  readonly statistics: EndpointStatistics
}

/** Routes that wait for the data plane or read the log's files, and the way to the data plane itself. */
export async function routes(app: FastifyInstance, parts: RouteParts): Promise<void> {
  const { runtime, control, log, statistics } = parts
  serveContract(app, runtime, contract.deploy, (input, context) => deployAndWait(runtime, control, input, context))
  serveContract(app, runtime, contract.startRollout, (input, context) =>
    rollOutLoaded(runtime, control, input, context),
  )
  serveContract(app, runtime, contract.startExperiment, (input, context) =>
    experimentLoaded(runtime, control, input, context),
  )
  serveContract(app, runtime, contract.readStatistics, ({ name }, context) => statistics.read(name, context))
  serveContract(app, runtime, contract.readPrediction, ({ id }, context) => log.read(id, context))
  serveContract(app, runtime, contract.listPredictions, (input, context) => log.list(input, context))
  serveContract(app, runtime, contract.countPredictions, (input, context) =>
    countPredictions(runtime, control.keeper, input, context),
  )
  serveContract(app, runtime, contract.ingestPredictions, createIngest(runtime, control.keeper))
  await forwardPredictions(app, runtime, control)
}

import type { CallContext, Domain, Runtime } from '@millrace/kernel'
import { deleteEndpoint } from './actions/delete-endpoint.ts'
import { nodeKinds, resources } from './actions/describe-nodes.ts'
import { putEndpoint } from './actions/put-endpoint.ts'
import { listDeployments, listEndpoints, listRollouts, readEndpoint, readRollout } from './actions/read-endpoints.ts'
import { recordGroundTruth } from './actions/record-ground-truth.ts'
import { pauseRollout, promoteRollout, resumeRollout, rollBackRollout } from './actions/steer-rollout.ts'
import { concludeExperiment, stopExperiment } from './experiments/actions/end-experiment.ts'
import { listTrafficExperiments, listWeighings, readTrafficExperiment } from './experiments/actions/read-experiments.ts'
import { recordFeedback } from './experiments/actions/record-feedback.ts'
import { readSeries } from './statistics/actions/read-series.ts'
import { readShadowReport } from './statistics/actions/read-shadow-report.ts'
import type { CallOf } from '@millrace/contract'
import * as contract from './contract.ts'
import type { Deployment } from './contract.ts'
import { deployAndWait } from './http/deploy-and-wait.ts'
import { createEndpointStatistics } from './http/endpoint-statistics.ts'
import type { WindowOf } from './http/prediction-log.ts'
import { createPredictionLog } from './http/prediction-log.ts'
import { predict } from './http/predict-contract.ts'
import { routes } from './http/routes.ts'
import type { ReadingSource } from './process/control/judge-open-rollout.ts'
import type { ServingControlOptions } from './process/control/serving-control.ts'
import { createServingControl } from './process/control/serving-control.ts'
import { createLogUpkeep } from './process/log/log-upkeep.ts'
import * as createModelServingTables from './store/migrations/0001-create-model-serving.ts'
import * as addTraffic from './store/migrations/0002-add-traffic.ts'

export { deployVersion } from './actions/deploy-version.ts'
export { putEndpoint } from './actions/put-endpoint.ts'
export { listRollouts, readEndpoint, readRollout } from './actions/read-endpoints.ts'
export { recordGroundTruth } from './actions/record-ground-truth.ts'
export { concludeExperiment, stopExperiment } from './experiments/actions/end-experiment.ts'
export { recordFeedback } from './experiments/actions/record-feedback.ts'
export { startExperiment } from './experiments/actions/start-experiment.ts'
export { startRollout } from './actions/start-rollout.ts'
export { pauseRollout, promoteRollout, resumeRollout, rollBackRollout } from './actions/steer-rollout.ts'
export type { WindowOf } from './http/prediction-log.ts'
export type { OuterReading } from './model/judged-rollout.ts'
export type { ReadingSource } from './process/control/judge-open-rollout.ts'

export type ModelServingOptions = ServingControlOptions

/** Model serving's manifest, with what other domains use in process. */
export interface ModelServing extends Domain {
  /** Makes a version the champion and comes back when it serves. Throws `model-serving/model-unusable` and what the action throws. */
  deploy(input: CallOf<typeof contract.deploy>, context: CallContext): Promise<Deployment>
  /**
   * After a flush: Parquet files with an endpoint's rows of event time in [fromMs, toMs) (a file may hold rows beside it),
   * and those with their ground truth, of which the row with the greatest `sequence` per `prediction_id` counts. Rows of
   * role `shadow` were never answers.
   */
  predictionWindow(of: WindowOf, context: CallContext): Promise<{ predictions: string[]; labels: string[] }>
  /** The largest event time that an endpoint has seen; undefined before its first prediction. */
  watermark(endpoint: string, context: CallContext): Promise<number | undefined>
  /** Gives guardrails of metric `reading` and this name their figures; larger is worse. */
  registerReading(name: string, source: ReadingSource): void
  /** Reads what has come since and judges open rollouts now. */
  lookAtRollouts(): Promise<void>
  /** Port of the data plane: the one it listens on, or is set to listen on with the first deployment; undefined where a free one is taken then. */
  predictPort(): number | undefined
}

/** Model serving: how predictions reach people, safely, and what became of each of them. */
export function createModelServing(runtime: Runtime, options: ModelServingOptions): ModelServing {
  const control = createServingControl(runtime, options)
  const log = createPredictionLog(runtime, control.keeper)
  const statistics = createEndpointStatistics(runtime, control)
  const upkeep = createLogUpkeep(runtime, options)
  return {
    name: 'model-serving',
    migrations: { '0001-create-model-serving': createModelServingTables, '0002-add-traffic': addTraffic },
    operations: [
      putEndpoint,
      readEndpoint,
      listEndpoints,
      deleteEndpoint,
      listDeployments,
      readRollout,
      listRollouts,
      promoteRollout,
      rollBackRollout,
      pauseRollout,
      resumeRollout,
      recordGroundTruth,
      readTrafficExperiment,
      listTrafficExperiments,
      listWeighings,
      concludeExperiment,
      stopExperiment,
      recordFeedback,
      readSeries,
      readShadowReport,
    ],
    nodeKinds,
    resources,
    documented: [
      contract.deploy,
      contract.startRollout,
      contract.startExperiment,
      contract.readStatistics,
      contract.readPrediction,
      contract.listPredictions,
      contract.countPredictions,
      contract.ingestPredictions,
      predict,
    ],
    routes: (app) => routes(app, { runtime, control, log, statistics }),
    chores: [upkeep.chore],
    start: () => control.start(),
    stop: async () => {
      await upkeep.stop()
      await control.stop()
    },
    deploy: (input, context) => deployAndWait(runtime, control, input, context),
    predictionWindow: (of, context) => log.window(of, context),
    watermark: (endpoint, context) => log.watermark(endpoint, context),
    registerReading: (name, source) => void control.readings.set(name, source),
    lookAtRollouts: () => control.watch.look(),
    predictPort: () => control.fleet.port() ?? control.plannedPort,
  }
}

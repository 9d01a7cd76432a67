import type { Domain, Runtime } from '@millrace/kernel'
import { completeTrial } from './actions/complete-trial.ts'
import { nodeKinds, trialResource } from './actions/describe-nodes.ts'
import { putStudy } from './actions/put-study.ts'
import { listStudies, listTrials, readStudy } from './actions/read-studies.ts'
import { reportTrial } from './actions/report-trial.ts'
import { startTrial } from './actions/start-trial.ts'
import * as createStudy from './store/migrations/0001-create-study.ts'

/** Hyperparameter optimization: what to try next. It needs nothing of the runtime, and takes it like every domain. */
export function createHyperparameterOptimization(_runtime: Runtime): Domain {
  return {
    name: 'hyperparameter-optimization',
    migrations: { '0001-create-study': createStudy },
    operations: [putStudy, readStudy, listStudies, startTrial, listTrials, reportTrial, completeTrial],
    nodeKinds,
    resources: [trialResource],
  }
}

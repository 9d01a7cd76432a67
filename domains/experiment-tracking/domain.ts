import type { Domain, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { listArtifacts } from './actions/artifacts.ts'
import { renameExperiment, tagExperiment } from './actions/change-experiment.ts'
import { createRun } from './actions/create-run.ts'
import { deleteExperiment, restoreExperiment } from './actions/delete-experiment.ts'
import { deleteRun, restoreRun } from './actions/delete-run.ts'
import { deleteTag } from './actions/delete-tag.ts'
import {
  describeLoggedModels,
  describeRuns,
  experimentOfLoggedModel,
  experimentOfRun,
} from './actions/describe-runs.ts'
import { logInputs } from './actions/log-inputs.ts'
import { logRun } from './actions/log-run.ts'
import { createLoggedModel, listLoggedModels, readLoggedModel, updateLoggedModel } from './actions/logged-models.ts'
import { putExperiment } from './actions/put-experiment.ts'
import { readExperiment, searchExperiments } from './actions/read-experiments.ts'
import { readMetricHistory, readRun, searchRuns } from './actions/read-runs.ts'
import { updateRun } from './actions/update-run.ts'
import { artifactStreams } from './http/artifact-streams.ts'
import { routes } from './http/routes.ts'
import * as createRunTables from './store/migrations/0001-create-run.ts'

export { findArtifact, listArtifacts } from './actions/artifacts.ts'
export { renameExperiment, tagExperiment } from './actions/change-experiment.ts'
export { createRun } from './actions/create-run.ts'
export { deleteExperiment, restoreExperiment } from './actions/delete-experiment.ts'
export { deleteRun, restoreRun } from './actions/delete-run.ts'
export { deleteTag } from './actions/delete-tag.ts'
export { logInputs } from './actions/log-inputs.ts'
export { logRun } from './actions/log-run.ts'
export { createLoggedModel, listLoggedModels, readLoggedModel, updateLoggedModel } from './actions/logged-models.ts'
export { putExperiment } from './actions/put-experiment.ts'
export { readExperiment, searchExperiments } from './actions/read-experiments.ts'
export { readMetricHistory, readRun, searchRuns } from './actions/read-runs.ts'
export { updateRun } from './actions/update-run.ts'
export { localArtifact, putArtifact, sendArtifact } from './http/artifact-content.ts'
export type { ArtifactName } from './http/artifact-content.ts'
export { artifactRef, readArtifactPlace } from './model/artifact-place.ts'
export type { ArtifactPlace } from './model/artifact-place.ts'

/** Experiments and runs: what was tried and what came out. */
export function createExperimentTracking(runtime: Runtime): Domain {
  return {
    name: 'experiment-tracking',
    migrations: { '0001-create-run': createRunTables },
    operations: [
      putExperiment,
      readExperiment,
      searchExperiments,
      renameExperiment,
      tagExperiment,
      deleteExperiment,
      restoreExperiment,
      createRun,
      updateRun,
      logRun,
      logInputs,
      deleteTag,
      deleteRun,
      restoreRun,
      readRun,
      searchRuns,
      readMetricHistory,
      listArtifacts,
      createLoggedModel,
      updateLoggedModel,
      readLoggedModel,
      listLoggedModels,
    ],
    nodeKinds: [
      { kind: 'run', describe: describeRuns },
      { kind: 'logged-model', describe: describeLoggedModels },
    ],
    resources: [
      { kind: 'run', parent: experimentOfRun },
      { kind: 'logged-model', parent: experimentOfLoggedModel },
      { kind: 'experiment', parent: async () => undefined },
    ],
    documented: artifactStreams,
    routes: (app) => routes(app, runtime),
    start: () => makeDefaultExperiment(runtime),
  }
}

/** Clients of MLflow log to experiment 0, "Default", when they are told of no other. */
async function makeDefaultExperiment(runtime: Runtime): Promise<void> {
  const context = { actor: systemActor('start'), workspace: 'default' }
  const { items } = await runtime.runner.ask(searchExperiments, { limit: 1, view: 'all' }, context)
  if (items.length === 0) await runtime.runner.act(putExperiment, { name: 'Default' }, context)
}

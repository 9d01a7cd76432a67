import type { AnyOperation, Domain, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
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
  identityOfExperiment,
} from './actions/describe-runs.ts'
import { importExperiment } from './actions/import/import-experiment.ts'
import { importLoggedModels } from './actions/import/import-logged-models.ts'
import { importRuns } from './actions/import/import-runs.ts'
import { readImports, recordImports } from './actions/import/import-records.ts'
import { logInputs } from './actions/log-inputs.ts'
import { searchInputs } from './actions/search-inputs.ts'
import { logRun } from './actions/log-run.ts'
import {
  createLoggedModel,
  deleteLoggedModel,
  listLoggedModels,
  readLoggedModel,
  searchLoggedModels,
  updateLoggedModel,
} from './actions/logged-models/logged-models.ts'
import { linkModels, logModelMetrics, readModelLinks } from './actions/logged-models/models-of-runs.ts'
import { putExperiment } from './actions/put-experiment.ts'
import { deleteMetric, editMetric } from './actions/series/change-metrics.ts'
import { readMetricsAt } from './actions/series/read-metrics.ts'
import { readExperiment, searchExperiments } from './actions/read-experiments.ts'
import { readRun } from './actions/read-runs.ts'
import { deleteRunView, listRunViews, putRunView, readRunView } from './search/actions/run-views.ts'
import { searchEndpoints, searchRoutes } from './search/http/search-routes.ts'
import { updateRun } from './actions/update-run.ts'
import { artifactStreams } from './artifacts/http/artifact-streams.ts'
import { settleArtifacts } from './artifacts/http/settle-artifacts.ts'
import { routes } from './artifacts/http/routes.ts'
import { expireUploads } from './artifacts/http/expire-uploads.ts'
import { uploadEndpoints, uploadRoutes } from './artifacts/http/upload-routes.ts'
import type { BackgroundMerge } from './store/series/background-merge.ts'
import { startMerging } from './store/series/background-merge.ts'
import { putProvenance } from './reproduction/actions/provenance.ts'
import { reproductionEndpoints, reproductionRoutes } from './reproduction/http/reproduction-routes.ts'
import { listTrash } from './retention/actions/list-trash.ts'
import { purgeExperiment, purgeLoggedModel, purgeRun } from './retention/actions/purge.ts'
import { applyRetention } from './retention/http/apply-retention.ts'
import { freePurged } from './retention/http/free-bytes.ts'
import { quotaGateOf, quotaGuards } from './retention/http/quota-gate.ts'
import { retentionEndpoints, retentionRoutes } from './retention/http/retention-routes.ts'
import { artifactBase } from './http/artifact-base.ts'
import { seriesEndpoints, seriesRoutes } from './http/series/series-routes.ts'
import * as createRunTables from './store/migrations/0001-create-run.ts'
import * as logMetricsFirst from './store/migrations/0002-log-metrics-first.ts'
import * as createRunDocuments from './store/migrations/0003-create-run-documents.ts'
import * as addModelMetrics from './store/migrations/0004-add-model-metrics.ts'
import * as markArtifactWriters from './store/migrations/0005-mark-artifact-writers.ts'
import * as keepImports from './store/migrations/0006-keep-imports.ts'
import * as createProvenance from './store/migrations/0007-create-provenance.ts'
import * as addRetention from './store/migrations/0008-add-retention.ts'
import * as addUploads from './store/migrations/0009-add-uploads.ts'

export { renameExperiment, tagExperiment } from './actions/change-experiment.ts'
export { createRun } from './actions/create-run.ts'
export { deleteExperiment, restoreExperiment } from './actions/delete-experiment.ts'
export { deleteRun, restoreRun } from './actions/delete-run.ts'
export { deleteTag } from './actions/delete-tag.ts'
export { readImports, recordImports } from './actions/import/import-records.ts'
export { logInputs } from './actions/log-inputs.ts'
export { searchInputs } from './actions/search-inputs.ts'
export { absoluteLocation, artifactBase } from './http/artifact-base.ts'
export { logRun } from './actions/log-run.ts'
export {
  createLoggedModel,
  deleteLoggedModel,
  listLoggedModels,
  readLoggedModel,
  searchLoggedModels,
  updateLoggedModel,
} from './actions/logged-models/logged-models.ts'
export { linkModels, logModelMetrics, readModelLinks } from './actions/logged-models/models-of-runs.ts'
export { putExperiment } from './actions/put-experiment.ts'
export { deleteMetric, editMetric } from './actions/series/change-metrics.ts'
export { readMetricHistory, readMetricsAt } from './actions/series/read-metrics.ts'
export { readExperiment, searchExperiments } from './actions/read-experiments.ts'
export { readRun } from './actions/read-runs.ts'
export { deleteRunView, listRunViews, putRunView, readRunView } from './search/actions/run-views.ts'
export { putProvenance } from './reproduction/actions/provenance.ts'
export { prepareSearch } from './search/http/prepare-search.ts'
export { countRuns, facetRuns, readRunColumns, searchRuns, searchRunsAsJson } from './search/http/search-runs.ts'
export { updateRun } from './actions/update-run.ts'
export { listTrash } from './retention/actions/list-trash.ts'
export { purgeExperiment, purgeLoggedModel, purgeRun } from './retention/actions/purge.ts'
export { collectTrash } from './retention/http/collect-trash.ts'
export { findArtifact, listArtifacts, locateArtifacts } from './artifacts/actions/read-artifacts.ts'
export { adoptArtifacts } from './artifacts/http/settle-artifacts.ts'
export { localArtifact, putArtifact, sendArtifact } from './artifacts/http/artifact-content.ts'
export type { ArtifactName } from './artifacts/http/artifact-name.ts'
export { deleteArtifacts, listArtifactFolder } from './artifacts/http/artifact-folder.ts'
export {
  abortUpload,
  beginAt,
  beginUpload,
  completeUpload,
  signArtifactDownload,
  signDirectUpload,
} from './artifacts/http/direct-transfers.ts'
export type { BegunUpload } from './artifacts/http/direct-transfers.ts'
export {
  deleteProxied,
  listProxied,
  looseUploads,
  nameProxied,
  putProxied,
  sendProxied,
} from './artifacts/http/proxied-files.ts'
export type { ProxiedName } from './artifacts/http/proxied-files.ts'
export { artifactRef, placeOfRoot } from './artifacts/model/artifact-place.ts'
export { readMetricPage, readMetricPoints } from './http/series/read-points.ts'
export type { MetricName } from './http/series/read-points.ts'
export { MetricBatchBuilder } from './model/series/metric-batch.ts'
export type { MetricBatch } from './model/series/metric-batch.ts'
export { pickPoints, slicePoints } from './model/series/points.ts'
export type { Points } from './model/series/points.ts'
export { pointsJson } from './model/series/points-json.ts'
export { toWide } from './model/series/wide.ts'

const operations: readonly AnyOperation[] = [
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
  searchInputs,
  deleteTag,
  deleteRun,
  restoreRun,
  listTrash,
  purgeRun,
  purgeLoggedModel,
  purgeExperiment,
  readRun,
  putProvenance,
  putRunView,
  readRunView,
  listRunViews,
  deleteRunView,
  readMetricsAt,
  editMetric,
  deleteMetric,
  createLoggedModel,
  updateLoggedModel,
  readLoggedModel,
  listLoggedModels,
  deleteLoggedModel,
  searchLoggedModels,
  logModelMetrics,
  linkModels,
  readModelLinks,
  importExperiment,
  importRuns,
  importLoggedModels,
  readImports,
  recordImports,
]

/** Experiments and runs: what was tried and what came out. */
export function createExperimentTracking(runtime: Runtime): Domain {
  let merging: BackgroundMerge | undefined
  return {
    name: 'experiment-tracking',
    migrations: {
      '0001-create-run': createRunTables,
      '0002-log-metrics-first': logMetricsFirst,
      '0003-create-run-documents': createRunDocuments,
      '0004-add-model-metrics': addModelMetrics,
      '0005-mark-artifact-writers': markArtifactWriters,
      '0006-keep-imports': keepImports,
      '0007-create-provenance': createProvenance,
      '0008-add-retention': addRetention,
      '0009-add-uploads': addUploads,
    },
    operations,
    nodeKinds: [
      { kind: 'run', describe: describeRuns },
      { kind: 'logged-model', describe: describeLoggedModels },
    ],
    resources: [
      { kind: 'run', parent: experimentOfRun },
      { kind: 'logged-model', parent: experimentOfLoggedModel },
      { kind: 'experiment', parent: async () => undefined, identity: identityOfExperiment },
    ],
    documented: [
      ...retentionEndpoints,
      ...artifactStreams,
      ...uploadEndpoints,
      ...searchEndpoints,
      ...seriesEndpoints,
      ...reproductionEndpoints,
    ],
    chores: [settleArtifacts(runtime), expireUploads(runtime), freePurged(runtime), applyRetention(runtime)],
    guards: quotaGuards(runtime),
    routes: async (app) => {
      await routes(app, runtime)
      await uploadRoutes(app, runtime)
      await searchRoutes(app, runtime)
      seriesRoutes(app, runtime)
      retentionRoutes(app, runtime)
      reproductionRoutes(app, runtime)
    },
    start: async () => {
      await makeDefaultExperiment(runtime)
      merging = startMerging(runtime)
    },
    stop: async () => {
      await quotaGateOf(runtime).stop()
      await merging?.stop()
    },
  }
}

/** Clients of MLflow log to experiment 0, "Default", when they are told of no other. */
async function makeDefaultExperiment(runtime: Runtime): Promise<void> {
  const context = { actor: systemActor('start'), workspace: 'default' }
  const { items } = await runtime.runner.ask(searchExperiments, { limit: 1, view: 'all' }, context)
  if (items.length === 0) {
    await runtime.runner.act(putExperiment, { name: 'Default', artifactBase: artifactBase(runtime.config) }, context)
  }
}

import type { Domain, Runtime } from '@millrace/kernel'
import { addAssessment, changeAssessment, deleteAssessment, readAssessment } from './actions/assessments.ts'
import { deleteTraces, linkTraces, tagTrace } from './actions/change-traces.ts'
import {
  createEvaluationDataset,
  deleteEvaluationDataset,
  deleteRecords,
  linkEvaluationDataset,
  listRecords,
  putRecords,
  readEvaluationDataset,
  searchEvaluationDatasets,
  tagEvaluationDataset,
} from './actions/evaluation-datasets.ts'
import { experimentOfTrace } from './actions/experiment-of-trace.ts'
import { correlateFilters, measureTraces } from './actions/measure-traces.ts'
import { listSpans, readTrace, searchTraces } from './actions/read-traces.ts'
import { deleteScorer, listScorers, listScorerSampling, registerScorer, sampleScorer } from './actions/scorers.ts'
import { endTrace, startTrace } from './actions/start-trace.ts'
import * as createTraceTables from './store/migrations/0001-create-traces.ts'

export { addAssessment, changeAssessment, deleteAssessment, readAssessment } from './actions/assessments.ts'
export { deleteTraces, linkTraces, tagTrace } from './actions/change-traces.ts'
export {
  createEvaluationDataset,
  deleteEvaluationDataset,
  deleteRecords,
  linkEvaluationDataset,
  listRecords,
  putRecords,
  readEvaluationDataset,
  searchEvaluationDatasets,
  tagEvaluationDataset,
} from './actions/evaluation-datasets.ts'
export { logForeignSpans } from './actions/log-spans.ts'
export type { SpanBatch } from './actions/log-spans.ts'
export { correlateFilters, measureTraces } from './actions/measure-traces.ts'
export { readTraces, searchTraces } from './actions/read-traces.ts'
export { deleteScorer, listScorers, listScorerSampling, registerScorer, sampleScorer } from './actions/scorers.ts'
export { endTrace, startTrace } from './actions/start-trace.ts'

/** Traces: what happened inside a call, and was it good. Spans come through dialects (`logForeignSpans`). */
export function createTraces(_runtime: Runtime): Domain {
  return {
    name: 'traces',
    migrations: { '0001-create-traces': createTraceTables },
    operations: [
      startTrace,
      endTrace,
      searchTraces,
      readTrace,
      listSpans,
      deleteTraces,
      tagTrace,
      linkTraces,
      addAssessment,
      changeAssessment,
      readAssessment,
      deleteAssessment,
      measureTraces,
      correlateFilters,
      createEvaluationDataset,
      tagEvaluationDataset,
      linkEvaluationDataset,
      putRecords,
      deleteRecords,
      deleteEvaluationDataset,
      readEvaluationDataset,
      searchEvaluationDatasets,
      listRecords,
      registerScorer,
      listScorers,
      deleteScorer,
      sampleScorer,
      listScorerSampling,
    ],
    resources: [{ kind: 'trace', parent: experimentOfTrace }],
  }
}

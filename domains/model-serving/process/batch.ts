/** Batch prediction, for the command line and jobs that run it, and for the entry file of its threads. */
export { runBatch } from '../batch/process/run-batch.ts'
export type { BatchParts, BatchReport } from '../batch/process/run-batch.ts'
export { startBatchWorker } from '../batch/process/batch-worker.ts'
export { digestOf } from '../batch/process/write-whole.ts'
export { batchProblem } from '../batch/model/batch-problems.ts'
export type { BatchManifest, BatchPlan, BatchWish, DataFormat } from '../batch/model/batch-plan.ts'

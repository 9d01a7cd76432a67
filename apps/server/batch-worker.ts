import { startBatchWorker } from '@millrace/model-serving/batch'
import { createRunner } from './create-runner.ts'

// A thread of `millrace predict --model` and of batch-prediction jobs.
await startBatchWorker(createRunner)

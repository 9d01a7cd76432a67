import { isMainThread } from 'node:worker_threads'
import { inferenceService, openInference } from '@millrace/dialect-open-inference'
import { modelServerV1, tensorflowServices } from '@millrace/dialect-model-server-v1'
import { scoringDialects } from '@millrace/dialect-scoring'
import { startDataPlane, startModelThread } from '@millrace/model-serving/plane'
import { createRunner } from './create-runner.ts'

// A process of the data plane, forked by control; the same file starts the threads of its slow models.
if (isMainThread) {
  const rootEndpoint = process.env['MILLRACE_ROOT_ENDPOINT']
  const root = rootEndpoint === undefined ? {} : { root: { endpoint: rootEndpoint } }
  startDataPlane({
    createRunner,
    dialects: [openInference, modelServerV1, ...scoringDialects(root)],
    grpcServices: [inferenceService, ...tensorflowServices],
    threadEntry: new URL(import.meta.url),
    startTracing: async (endpoint) => (await import('@millrace/adapter-opentelemetry')).startTracing(endpoint),
  })
} else {
  await startModelThread(createRunner)
}

import { isMainThread } from 'node:worker_threads'
import { inferenceService, openInference } from '@millrace/dialect-open-inference'
import { modelServerV1, tensorflowServices } from '@millrace/dialect-model-server-v1'
import { scoringDialects, torchserveDoors } from '@millrace/dialect-scoring'
import { startDataPlane, startModelThread } from '@millrace/model-serving/plane'
import { createRunner } from './create-runner.ts'

// A process of the data plane, forked by control; the same file starts the threads of its slow models.
if (isMainThread) {
  const rootEndpoint = process.env['MILLRACE_ROOT_ENDPOINT']
  const root = rootEndpoint === undefined ? {} : { root: { endpoint: rootEndpoint } }
  const [health, predict] = [process.env['AIP_HEALTH_ROUTE'], process.env['AIP_PREDICT_ROUTE']]
  const vertexRoutes = health === undefined || predict === undefined ? undefined : { health, predict }
  const onPlatform = Object.keys(process.env).some((name) => name.startsWith('SAGEMAKER_'))
  const scoring = scoringDialects({ ...root, vertexRoutes, onPlatform })
  startDataPlane({
    createRunner,
    // What a platform asks of its containers comes first: its addresses are its own to choose.
    dialects: [...scoring.slice(0, 1), openInference, modelServerV1, ...scoring.slice(1)],
    doors: torchserveDoors,
    grpcServices: [inferenceService, ...tensorflowServices],
    threadEntry: new URL(import.meta.url),
    startTracing: async (endpoint) => (await import('@millrace/adapter-opentelemetry')).startTracing(endpoint),
  })
} else {
  await startModelThread(createRunner)
}

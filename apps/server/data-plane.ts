import { isMainThread } from 'node:worker_threads'
import { createOnnxRunner } from '@millrace/adapter-onnx-runtime'
import { openInference } from '@millrace/dialect-open-inference'
import { startDataPlane, startModelThread } from '@millrace/model-serving/plane'

// A process of the data plane, forked by control; the same file starts the threads of its slow models.
if (isMainThread) {
  startDataPlane({ createRunner: createOnnxRunner, dialects: [openInference], threadEntry: new URL(import.meta.url) })
} else {
  await startModelThread(createOnnxRunner)
}

import { isMainThread } from 'node:worker_threads'
import { openInference } from '@millrace/dialect-open-inference'
import { startDataPlane, startModelThread } from '@millrace/model-serving/plane'
import { createRunner } from './create-runner.ts'

// A process of the data plane, forked by control; the same file starts the threads of its slow models.
if (isMainThread) {
  startDataPlane({ createRunner, dialects: [openInference], threadEntry: new URL(import.meta.url) })
} else {
  await startModelThread(createRunner)
}

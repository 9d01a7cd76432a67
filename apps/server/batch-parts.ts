import type { ModelSource, Signature } from '@millrace/model-serving/plane'
import { createRunner } from './create-runner.ts'

/** What batch prediction needs of this server: its runtimes and where files lie. */
export { fetchInput, folderFor, isRemote, sendOutput } from './batch-places.ts'
export { digestOf, runBatch } from '@millrace/model-serving/batch'
export const batchWorkerEntry = new URL('./batch-worker.ts', import.meta.url)

/** Loads a model for its signature alone. Rejects with the runtime's sentence. */
export async function signatureOf(source: ModelSource): Promise<Signature> {
  const runner = await createRunner(source)
  await runner.close()
  return runner.signature
}

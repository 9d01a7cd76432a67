import { ref } from '@millrace/contract'
import * as contract from '../model/engine-contract.ts'
import { action } from '../store/pipelines-store.ts'

/** Takes every cached result that holds a lost file out of the cache, so that the next run makes it anew. */
export const forgetFile = action(contract.forgetFile, async ({ store, input }) => {
  const forgotten = await store.cache.forgetFile(input.digest)
  if (forgotten === 0) return { answer: { forgotten }, audit: 'unchanged' }
  return { answer: { forgotten }, audit: { object: ref('file', input.digest), after: { forgotten } } }
})

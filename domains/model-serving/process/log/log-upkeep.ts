import type { Chore, Runtime } from '@millrace/kernel'
import { createCompactorClient } from '../control/compactor-client.ts'
import { createTidyLog } from './tidy-log.ts'

const everyMs = 10 * 60_000

/** The chore that merges the log's small files and forgets old ones, with a compactor's process of its own while it works. */
export function createLogUpkeep(
  runtime: Runtime,
  options: { readonly compactorEntry?: string | undefined },
): { readonly chore: Chore; stop(): Promise<void> } {
  const { dataDir, database, nowMs } = runtime
  const compactor = createCompactorClient({ dataDir, entry: options.compactorEntry })
  const tidy = createTidyLog({ dataDir, database, nowMs, compactor, newName: () => runtime.newId('seg') })
  return {
    chore: { name: 'model-serving.tidy-log', everyMs, due: () => tidy.due(), run: () => tidy.run() },
    stop: () => compactor.close(),
  }
}

import type { Runtime } from '@millrace/kernel'
import type { Head } from '../model/record.ts'
import { hashAt, headOf, sealBatch, sealedWorkspaces, unsealedWorkspaces } from '../store/sealing.ts'
import { readHead, writeHead } from './head-file.ts'

/** Small, since a batch holds the store's one writer. */
const batchSize = 200

/** Links what was recorded into the chains, and keeps their heads outside the store. */
export interface Sealer {
  /** Whether anything waits to be sealed: a cheap read. */
  due(): Promise<boolean>
  /** Seals everything recorded so far. */
  seal(): Promise<void>
}

/**
 * Makes the sealer. The links are committed first and the head file follows, so after a crash the file lags behind the
 * store and never leads; the next round brings it forward. It is brought forward only when the chain still agrees with
 * it: a chain that is shorter or another keeps its old head file, as evidence for the verification.
 */
export function createSealer(runtime: Pick<Runtime, 'database' | 'dataDir' | 'log'>): Sealer {
  const { database } = runtime
  let caughtUp = false
  return {
    due: async () => !caughtUp || (await unsealedWorkspaces(database.reader)).length > 0,
    seal: async () => {
      const behind = caughtUp ? [] : await sealedWorkspaces(database.reader)
      const unsealed = await unsealedWorkspaces(database.reader)
      for (const workspace of unsealed) {
        while ((await sealNext(database, workspace)) === batchSize);
      }
      for (const workspace of new Set([...behind, ...unsealed])) await bringForward(runtime, workspace)
      caughtUp = true
    },
  }
}

async function sealNext(database: Runtime['database'], workspace: string): Promise<number> {
  return database.write((db) => sealBatch({ db, dialect: database.dialect }, workspace, batchSize))
}

async function bringForward(runtime: Pick<Runtime, 'database' | 'dataDir' | 'log'>, workspace: string): Promise<void> {
  const { database, dataDir, log } = runtime
  const head = await headOf(database.reader, workspace)
  const kept = await readHead(dataDir, workspace)
  if (head === undefined || (kept !== 'damaged' && kept?.hash === head.hash)) return
  if (kept === undefined || (kept !== 'damaged' && (await agrees(runtime, workspace, kept, head)))) {
    await writeHead(dataDir, workspace, head)
    return
  }
  log.error(
    { workspace, kept, head },
    'the audit chain does not continue its head file, which stays as it is; verify the audit',
  )
}

async function agrees(runtime: Pick<Runtime, 'database'>, workspace: string, kept: Head, head: Head): Promise<boolean> {
  return kept.length <= head.length && (await hashAt(runtime.database.reader, workspace, kept.length)) === kept.hash
}

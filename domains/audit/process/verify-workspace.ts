import type { Database } from '@millrace/kernel/db'
import type { Verification } from '../contract.ts'
import { verifyChain } from '../model/verify-chain.ts'
import { chainRows } from '../store/chain-rows.ts'
import { sha256 } from '../store/sha256.ts'
import type { ReadHead } from './head-file.ts'
import { readHead } from './head-file.ts'

/** Verifies the chain of one workspace against the store and the head file. */
export async function verifyWorkspace(
  { database, dataDir }: { database: Database; dataDir: string },
  workspace: string,
): Promise<Verification> {
  const once = async () => {
    // The head first: what is sealed while the rows are read only makes the chain longer than it says.
    const head = await readHead(dataDir, workspace)
    const verdict = await verifyChain(chainRows(database.reader, workspace), { sha256, head: known(head) })
    return head === 'damaged' ? withDamagedHead(verdict) : verdict
  }
  const verdict = await once()
  // A second look, since an erasure may have been committed between two batches of this one.
  return verdict.ok ? verdict : once()
}

/** A head that can be compared with. */
export function known(head: ReadHead): Exclude<ReadHead, 'damaged'> {
  return head === 'damaged' ? undefined : head
}

/** A head file that cannot be read proves nothing, so the chain is not taken for whole. */
export function withDamagedHead(verdict: Verification): Verification {
  const reason = 'the head file is damaged, so a chain cut off at its end would not be found'
  return { ...verdict, ok: false, firstBad: verdict.firstBad ?? { sequence: verdict.length, id: null, reason } }
}

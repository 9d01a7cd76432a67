import type { Scope } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { statement, tables } from '@millrace/kernel/db'
import type { Head } from '../model/record.ts'
import { beginning, chainHash } from '../model/record.ts'
import { sha256 } from './sha256.ts'
import type { AuditTables } from './tables.ts'

/** The last link of a workspace's chain; undefined while it is empty. */
export async function headOf(db: Db, workspace: string): Promise<Head | undefined> {
  const row = await tables<AuditTables>(db)
    .selectFrom('audit_record')
    .select(['sequence', 'chain_hash'])
    .where('workspace', '=', workspace)
    .where('sequence', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined || row.sequence === null || row.chain_hash === null) return undefined
  return { length: row.sequence, hash: row.chain_hash }
}

/** The chain hash of one record of a chain. */
export async function hashAt(db: Db, workspace: string, sequence: number): Promise<string | undefined> {
  const row = await tables<AuditTables>(db)
    .selectFrom('audit_record')
    .select('chain_hash')
    .where('workspace', '=', workspace)
    .where('sequence', '=', sequence)
    .executeTakeFirst()
  return row?.chain_hash ?? undefined
}

const unsealedRecords = statement<readonly [workspace: string, limit: number], { position: number; digest: string }>(
  'select position, digest from audit_record where workspace = ? and sequence is null order by position limit ?',
)

const linkRecord = statement<readonly [sequence: number, chainHash: string, position: number]>(
  'update audit_record set sequence = ?, chain_hash = ? where position = ?',
)

/** Links up to `limit` unsealed records, in the order they were written. Returns how many. */
export async function sealBatch(on: Pick<Scope, 'db' | 'dialect'>, workspace: string, limit: number): Promise<number> {
  const unsealed = await unsealedRecords(on, workspace, limit)
  if (unsealed.length === 0) return 0
  let { length, hash } = (await headOf(on.db, workspace)) ?? { length: 0, hash: beginning }
  for (const { position, digest } of unsealed) {
    length += 1
    hash = chainHash(hash, digest, sha256)
    await linkRecord(on, length, hash, position)
  }
  return unsealed.length
}

/** Workspaces with records that are not in their chain yet. */
export async function unsealedWorkspaces(db: Db): Promise<string[]> {
  const rows = await tables<AuditTables>(db)
    .selectFrom('audit_record')
    .select('workspace')
    .distinct()
    .where('sequence', 'is', null)
    .execute()
  return rows.map((row) => row.workspace)
}

/** Workspaces with a chain. */
export async function sealedWorkspaces(db: Db): Promise<string[]> {
  const rows = await tables<AuditTables>(db)
    .selectFrom('audit_record')
    .select('workspace')
    .where('sequence', '=', 1)
    .execute()
  return rows.map((row) => row.workspace)
}

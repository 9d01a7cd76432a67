import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { aliasRows } from './alias-rows.ts'
import { changeRows } from './change-rows.ts'
import { evidenceRows } from './evidence-rows.ts'
import { modelRows } from './model-rows.ts'
import { modelWrites } from './model-writes.ts'
import type { RegistryTables } from './tables.ts'
import { versionRows } from './version-rows.ts'
import { versionWrites } from './version-writes.ts'

/** The store of registered models of one workspace. */
export function storeOf(untyped: Db, workspace: string) {
  const db = tables<RegistryTables>(untyped)
  return {
    models: { ...modelRows(db, workspace), ...modelWrites(db, workspace) },
    versions: { ...versionRows(db, workspace), ...versionWrites(db, workspace) },
    aliases: aliasRows(db, workspace),
    evidence: evidenceRows(db, workspace),
    changes: changeRows(db, workspace),
  }
}

export type RegistryStore = ReturnType<typeof storeOf>

export const { action, query } = operations(storeOf)

import type { Scope } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables, tablesWithRowsOf } from '@millrace/kernel/db'
import type { Workspace } from '../contract.ts'
import type { AccessTables } from './tables.ts'

type WorkspaceRow = AccessTables['access_workspace']

/** All workspaces of this server: the one thing that lies in none. */
export function workspaces(db: Db) {
  const access = tables<AccessTables>(db)
  return {
    find: async (name: string): Promise<Workspace | undefined> => {
      const row = await access
        .selectFrom('access_workspace')
        .selectAll()
        .where('workspace', '=', name)
        .executeTakeFirst()
      return row === undefined ? undefined : show(row)
    },
    list: async (): Promise<Workspace[]> => {
      const rows = await access.selectFrom('access_workspace').selectAll().orderBy('workspace').execute()
      return rows.map(show)
    },
    add: async ({ name, description, artifactRoot, createdAtMs }: Workspace): Promise<void> => {
      await access
        .insertInto('access_workspace')
        .values({ workspace: name, description, artifact_root: artifactRoot, created_at_ms: createdAtMs })
        .execute()
    },
    change: async (name: string, { description, artifactRoot, name: newName }: Workspace): Promise<void> => {
      await access
        .updateTable('access_workspace')
        .set({ workspace: newName, description, artifact_root: artifactRoot })
        .where('workspace', '=', name)
        .execute()
    },
    remove: async (name: string): Promise<void> => {
      await access.deleteFrom('access_workspace').where('workspace', '=', name).execute()
    },
  }
}

function show(row: WorkspaceRow): Workspace {
  return {
    name: row.workspace,
    description: row.description,
    artifactRoot: row.artifact_root,
    createdAtMs: row.created_at_ms,
  }
}

/** What a workspace may still hold when it goes: the trail of what was done in it, and what is ours. */
const staying = ['access_', 'kernel_', 'audit_', 'lineage_']

/** The tables of other domains that hold something of a workspace. */
export function tablesHolding({ db, dialect }: Scope, workspace: string): Promise<string[]> {
  return tablesWithRowsOf(db, dialect, workspace, staying)
}

import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { AccessTables } from './tables.ts'

/** All workspaces of this server: the one thing that lies in none. */
export function workspaces(db: Db) {
  const access = tables<AccessTables>(db)
  return {
    exists: async (name: string): Promise<boolean> => {
      const row = await access
        .selectFrom('access_workspace')
        .select('workspace')
        .where('workspace', '=', name)
        .executeTakeFirst()
      return row !== undefined
    },
    list: async (): Promise<{ name: string; createdAtMs: number }[]> => {
      const rows = await access.selectFrom('access_workspace').selectAll().orderBy('workspace').execute()
      return rows.map((row) => ({ name: row.workspace, createdAtMs: row.created_at_ms }))
    },
    add: async (name: string, atMs: number): Promise<void> => {
      await access.insertInto('access_workspace').values({ workspace: name, created_at_ms: atMs }).execute()
    },
  }
}

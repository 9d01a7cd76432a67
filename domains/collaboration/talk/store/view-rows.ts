import type { Kysely, Selectable } from 'kysely'
import { SavedView } from '../../model/talk.ts'
import type { CollaborationTables } from '../../store/tables.ts'

/** The most views that one answer lists. */
const mostViews = 500

/** Reads and writes saved views of pages. */
export function viewRows(db: Kysely<CollaborationTables>, workspace: string) {
  const rows = () => db.selectFrom('collaboration_view').selectAll().where('workspace', '=', workspace)
  return {
    find: async (page: string, name: string): Promise<SavedView | undefined> => {
      const row = await rows().where('page', '=', page).where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toView(row)
    },
    list: async (page: string | undefined): Promise<SavedView[]> => {
      const wanted = page === undefined ? rows() : rows().where('page', '=', page)
      return (await wanted.orderBy('page').orderBy('name').limit(mostViews).execute()).map(toView)
    },
    save: async ({ page, name, search, createdBy, updatedAtMs }: SavedView): Promise<void> => {
      const changes = { search, updated_at_ms: updatedAtMs }
      await db
        .insertInto('collaboration_view')
        .values({ workspace, page, name, created_by: createdBy, created_at_ms: updatedAtMs, ...changes })
        .onConflict((c) => c.columns(['workspace', 'page', 'name']).doUpdateSet(changes))
        .execute()
    },
    remove: (page: string, name: string) =>
      db
        .deleteFrom('collaboration_view')
        .where('workspace', '=', workspace)
        .where('page', '=', page)
        .where('name', '=', name)
        .execute(),
  }
}

function toView(row: Selectable<CollaborationTables['collaboration_view']>): SavedView {
  return SavedView.parse({
    page: row.page,
    name: row.name,
    search: row.search,
    createdBy: row.created_by,
    updatedAtMs: row.updated_at_ms,
  })
}

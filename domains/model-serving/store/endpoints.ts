import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { EndpointRow, ServingTables } from './tables.ts'

/** The endpoints of one workspace. Deleted ones are not seen. */
export function endpointStore(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  const living = () =>
    serving
      .selectFrom('model_serving_endpoint')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('deleted_at_ms', 'is', null)
  const update = (name: string, set: Partial<Pick<EndpointRow, 'spec' | 'followed_version_id' | 'deleted_at_ms'>>) =>
    serving
      .updateTable('model_serving_endpoint')
      .set(set)
      .where('workspace', '=', workspace)
      .where('name', '=', name)
      .execute()
  return {
    find: (name: string) => living().where('name', '=', name).executeTakeFirst(),
    findById: (id: string) => living().where('id', '=', id).executeTakeFirst(),
    list: (limit: number, afterName: string) =>
      living().where('name', '>', afterName).orderBy('name').limit(limit).execute(),
    /** Of deleted ones too: their log is still there. */
    async allNames(): Promise<string[]> {
      const rows = await serving
        .selectFrom('model_serving_endpoint')
        .select('name')
        .where('workspace', '=', workspace)
        .execute()
      return rows.map(({ name }) => name)
    },
    describe: (ids: readonly string[]) =>
      serving
        .selectFrom('model_serving_endpoint')
        .selectAll()
        .where('workspace', '=', workspace)
        .where((e) => e.or([e('id', 'in', ids), e('name', 'in', ids)]))
        .execute(),
    /** Adds it; a deleted one of the same name lives again under its old id. */
    add: (row: Omit<EndpointRow, 'workspace'>) =>
      serving
        .insertInto('model_serving_endpoint')
        .values({ workspace, ...row })
        .onConflict((c) =>
          c.columns(['workspace', 'name']).doUpdateSet({
            model: row.model,
            spec: row.spec,
            deleted_at_ms: null,
            followed_version_id: null,
          }),
        )
        .execute(),
    setSpec: (name: string, spec: string) => update(name, { spec }),
    /** Notes the version that the followed alias named when it was acted on. */
    setFollowed: (name: string, versionId: string) => update(name, { followed_version_id: versionId }),
    remove: (name: string, nowMs: number) => update(name, { deleted_at_ms: nowMs }),
  }
}

import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/**
 * Marks artifacts whose bytes are being replaced, or were stored without passing through the server: until then the
 * writer is at work, after that somebody has to read what lies there.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('experiment_tracking_artifact').addColumn('writing_until_ms', 'bigint').execute()
  await db.schema.alterTable('experiment_tracking_artifact').addColumn('writer', 'text').execute()
  await db.schema
    .createIndex('experiment_tracking_artifact_unsettled')
    .on('experiment_tracking_artifact')
    .columns(['writing_until_ms'])
    .where(sql.ref('writing_until_ms'), 'is not', null)
    .execute()
}

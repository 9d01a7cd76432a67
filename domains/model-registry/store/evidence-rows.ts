import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import type { Evidence } from '../model/registered-model.ts'
import { Evidence as EvidenceSchema } from '../model/registered-model.ts'
import type { RegistryTables } from './tables.ts'

type Row = Selectable<RegistryTables['model_registry_evidence']>

/** Reads and writes evidence. */
export function evidenceRows(db: Kysely<RegistryTables>, workspace: string) {
  const rows = () => db.selectFrom('model_registry_evidence').selectAll().where('workspace', '=', workspace)
  return {
    find: async (id: string): Promise<Evidence | undefined> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toEvidence(row)
    },
    byIds: async (ids: readonly string[]): Promise<Evidence[]> =>
      ids.length === 0 ? [] : (await rows().where('id', 'in', ids).execute()).map(toEvidence),
    /** Newest first; one more than `limit` where there is one. */
    ofVersion: async (versionId: string, limit: number, pageToken: string | undefined): Promise<Evidence[]> => {
      const [offset = 0] = decodePageToken(pageToken ?? '') ?? []
      const found = rows().where('version_id', '=', versionId).orderBy('created_at_ms', 'desc').orderBy('id', 'desc')
      return (
        await found
          .limit(limit + 1)
          .offset(Number(offset))
          .execute()
      ).map(toEvidence)
    },
    insert: (evidence: Evidence) =>
      db
        .insertInto('model_registry_evidence')
        .values({
          workspace,
          id: evidence.id,
          version_id: evidence.versionId,
          kind: evidence.kind,
          dataset_version_id: evidence.datasetVersionId,
          metrics: JSON.stringify(evidence.metrics),
          compared_with: evidence.comparedWith === undefined ? null : JSON.stringify(evidence.comparedWith),
          verdict: evidence.verdict,
          sentence: evidence.sentence,
          details: evidence.details === undefined ? null : JSON.stringify(evidence.details),
          run_id: evidence.runId ?? null,
          created_at_ms: evidence.createdAtMs,
          created_by: evidence.createdBy,
        })
        .execute(),
    remove: (id: string) =>
      db.deleteFrom('model_registry_evidence').where('workspace', '=', workspace).where('id', '=', id).execute(),
  }
}

function toEvidence(row: Row): Evidence {
  return EvidenceSchema.parse({
    id: row.id,
    versionId: row.version_id,
    kind: row.kind,
    datasetVersionId: row.dataset_version_id,
    metrics: JSON.parse(row.metrics) as unknown,
    ...(row.compared_with === null ? {} : { comparedWith: JSON.parse(row.compared_with) as unknown }),
    verdict: row.verdict,
    sentence: row.sentence,
    ...(row.details === null ? {} : { details: JSON.parse(row.details) as unknown }),
    ...(row.run_id === null ? {} : { runId: row.run_id }),
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
  })
}

import type { Kysely } from 'kysely'
import type { EvaluationDataset, EvaluationRecord, RecordContent } from '../model/evaluation-dataset.ts'
import { inSlices } from './in-slices.ts'
import type { TraceTables } from './tables.ts'

type DatasetRow = TraceTables['traces_evaluation_dataset']
/** A record's own row. */
export type RecordRow = Omit<TraceTables['traces_evaluation_record'], 'workspace' | 'dataset_id'>

/** Evaluation data sets of one workspace, with the experiments they belong to. */
export function evaluationDatasets(db: Kysely<TraceTables>, workspace: string) {
  const datasets = () => db.selectFrom('traces_evaluation_dataset').selectAll().where('workspace', '=', workspace)
  const linksOf = (ids: readonly string[]) => readLinks(db, workspace, ids)
  return {
    find: async (id: string): Promise<EvaluationDataset | undefined> => {
      const row = await datasets().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toDataset(row, (await linksOf([id])).get(id) ?? [])
    },
    /** All of them, or those that belong to one of some experiments. */
    all: async (experiments: readonly string[]): Promise<EvaluationDataset[]> => {
      const rows = await datasets().execute()
      const links = await linksOf(rows.map(({ id }) => id))
      const found = rows.map((row) => toDataset(row, links.get(row.id) ?? []))
      if (experiments.length === 0) return found
      return found.filter(({ experimentIds }) => experimentIds.some((id) => experiments.includes(id)))
    },
    put: async (dataset: EvaluationDataset): Promise<void> => {
      const row = rowOf(workspace, dataset)
      const { workspace: _workspace, id: _id, ...changed } = row
      await db
        .insertInto('traces_evaluation_dataset')
        .values(row)
        .onConflict((c) => c.columns(['workspace', 'id']).doUpdateSet(changed))
        .execute()
    },
    link: async (id: string, experiments: readonly string[]): Promise<void> => {
      for (const experiment of experiments) {
        await db
          .insertInto('traces_evaluation_experiment')
          .values({ workspace, dataset_id: id, experiment })
          .onConflict((c) => c.columns(['workspace', 'dataset_id', 'experiment']).doNothing())
          .execute()
      }
    },
    unlink: async (id: string, experiments: readonly string[]): Promise<void> => {
      await inSlices(experiments, 400, async (slice) => {
        await db
          .deleteFrom('traces_evaluation_experiment')
          .where('workspace', '=', workspace)
          .where('dataset_id', '=', id)
          .where('experiment', 'in', slice)
          .execute()
        return []
      })
    },
    remove: async (id: string): Promise<void> => {
      for (const table of ['traces_evaluation_experiment', 'traces_evaluation_record'] as const) {
        await db.deleteFrom(table).where('workspace', '=', workspace).where('dataset_id', '=', id).execute()
      }
      await db.deleteFrom('traces_evaluation_dataset').where('workspace', '=', workspace).where('id', '=', id).execute()
    },
  }
}

/** The experiments of some data sets. */
async function readLinks(
  db: Kysely<TraceTables>,
  workspace: string,
  ids: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await inSlices(ids, 400, (slice) =>
    db
      .selectFrom('traces_evaluation_experiment')
      .select(['dataset_id', 'experiment'])
      .where('workspace', '=', workspace)
      .where('dataset_id', 'in', slice)
      .orderBy('experiment')
      .execute(),
  )
  const byDataset = new Map<string, string[]>()
  for (const { dataset_id: id, experiment } of rows) byDataset.set(id, [...(byDataset.get(id) ?? []), experiment])
  return byDataset
}

/** The records of evaluation data sets of one workspace. */
export function evaluationRecords(db: Kysely<TraceTables>, workspace: string) {
  const records = (datasetId: string) =>
    db
      .selectFrom('traces_evaluation_record')
      .select(['id', 'input_hash', 'content', 'created_at_ms', 'updated_at_ms'])
      .where('workspace', '=', workspace)
      .where('dataset_id', '=', datasetId)
  return {
    byInputs: (datasetId: string, hashes: readonly string[]): Promise<RecordRow[]> =>
      inSlices(hashes, 400, (slice) => records(datasetId).where('input_hash', 'in', slice).execute()),
    put: async (datasetId: string, row: RecordRow): Promise<void> => {
      const { content, updated_at_ms } = row
      await db
        .insertInto('traces_evaluation_record')
        .values({ workspace, dataset_id: datasetId, ...row })
        .onConflict((c) => c.columns(['workspace', 'dataset_id', 'id']).doUpdateSet({ content, updated_at_ms }))
        .execute()
    },
    /** In order of creation, behind `after`; one more than `limit` where there is one. */
    list: async (
      datasetId: string,
      limit: number,
      after?: { createdAtMs: number; id: string },
    ): Promise<EvaluationRecord[]> => {
      let found = records(datasetId)
      if (after !== undefined) {
        found = found.where((eb) =>
          eb.or([
            eb('created_at_ms', '>', after.createdAtMs),
            eb.and([eb('created_at_ms', '=', after.createdAtMs), eb('id', '>', after.id)]),
          ]),
        )
      }
      const rows = await found
        .orderBy('created_at_ms')
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return rows.map((row) => toRecord(datasetId, row))
    },
    remove: async (datasetId: string, ids: readonly string[]): Promise<number> => {
      const counts = await inSlices(ids, 400, async (slice) => {
        const result = await db
          .deleteFrom('traces_evaluation_record')
          .where('workspace', '=', workspace)
          .where('dataset_id', '=', datasetId)
          .where('id', 'in', slice)
          .executeTakeFirst()
        return [Number(result.numDeletedRows)]
      })
      return counts.reduce((sum, count) => sum + count, 0)
    },
  }
}

function rowOf(workspace: string, dataset: EvaluationDataset): DatasetRow {
  return {
    workspace,
    id: dataset.id,
    name: dataset.name,
    digest: dataset.digest,
    schema: dataset.schema === null ? null : JSON.stringify(dataset.schema),
    records: dataset.recordCount,
    tags: JSON.stringify(dataset.tags),
    created_at_ms: dataset.createdAtMs,
    updated_at_ms: dataset.updatedAtMs,
    created_by: dataset.createdBy,
    updated_by: dataset.updatedBy,
  }
}

function toDataset(row: DatasetRow, experimentIds: string[]): EvaluationDataset {
  return {
    id: row.id,
    name: row.name,
    digest: row.digest,
    // As `rowOf` wrote them.
    tags: JSON.parse(row.tags) as EvaluationDataset['tags'],
    schema: row.schema === null ? null : (JSON.parse(row.schema) as EvaluationDataset['schema']),
    recordCount: row.records,
    experimentIds,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    createdBy: row.created_by,
    updatedBy: row.updated_by,
  }
}

/** A record's content as it is stored, with who wrote it. */
export type StoredContent = RecordContent & { createdBy: string | null; updatedBy: string | null }

function toRecord(datasetId: string, row: RecordRow): EvaluationRecord {
  const content = JSON.parse(row.content) as StoredContent // as it was written
  return { ...content, id: row.id, datasetId, createdAtMs: row.created_at_ms, updatedAtMs: row.updated_at_ms }
}

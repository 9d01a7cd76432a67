import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { LoggedModel } from '../model/run.ts'
import { LoggedModel as LoggedModelSchema } from '../model/run.ts'
import type { TrackingTables } from './tables.ts'

type Row = Selectable<TrackingTables['experiment_tracking_logged_model']>

/** A logged model, without the root of its artifacts, which its experiment knows. */
export type StoredModel = Omit<LoggedModel, 'artifactRoot'>

export interface ModelSearch {
  readonly experiments: readonly number[]
  readonly runId?: string | undefined
  readonly name?: string | undefined
  readonly limit: number
  readonly pageToken?: string | undefined
}

/** Reads and writes logged models. */
export function loggedModelRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = () => db.selectFrom('experiment_tracking_logged_model').selectAll().where('workspace', '=', workspace)
  return {
    find: async (id: string): Promise<StoredModel | undefined> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toModel(row)
    },
    insert: (model: StoredModel) =>
      db
        .insertInto('experiment_tracking_logged_model')
        .values({ workspace, id: model.id, created_at_ms: model.createdAtMs, ...changeable(model) })
        .execute(),
    save: (model: StoredModel) =>
      db
        .updateTable('experiment_tracking_logged_model')
        .set(changeable(model))
        .where('workspace', '=', workspace)
        .where('id', '=', model.id)
        .execute(),
    search: async (search: ModelSearch): Promise<StoredModel[]> => {
      const [offset = 0] = decodePageToken(search.pageToken ?? '') ?? []
      let found = rows()
      if (search.experiments.length > 0) found = found.where('experiment', 'in', search.experiments)
      if (search.runId !== undefined) found = found.where('run_id', '=', search.runId)
      if (search.name !== undefined) found = found.where('name', '=', search.name)
      const ordered = found.orderBy('created_at_ms', 'desc').orderBy('id')
      return (
        await ordered
          .limit(search.limit + 1)
          .offset(Number(offset))
          .execute()
      ).map(toModel)
    },
  }
}

function changeable(model: StoredModel) {
  return {
    experiment: Number(model.experimentId),
    name: model.name,
    run_id: model.runId,
    status: model.status,
    type: model.type,
    params: JSON.stringify(model.params),
    tags: JSON.stringify(model.tags),
    updated_at_ms: model.updatedAtMs,
  }
}

const Texts = z.record(z.string(), z.string())

function toModel(row: Row): StoredModel {
  return {
    id: row.id as LoggedModel['id'], // checked when it was written
    experimentId: String(row.experiment),
    name: row.name,
    runId: row.run_id,
    status: LoggedModelSchema.shape.status.parse(row.status),
    type: row.type,
    params: Texts.parse(JSON.parse(row.params)),
    tags: Texts.parse(JSON.parse(row.tags)),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}

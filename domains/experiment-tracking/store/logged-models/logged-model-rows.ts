import type { Dialect } from '@millrace/kernel/db'
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import { toMetricValue, toNumber } from '../../model/metric-value.ts'
import type { LoggedModelMetric } from '../../model/logged-model.ts'
import { LoggedModel } from '../../model/logged-model.ts'
import { inSlices } from '../in-slices.ts'
import type { TrackingTables } from '../tables.ts'
import type { LoggedModelSearch } from './logged-model-search.ts'
import { searchLoggedModels } from './logged-model-search.ts'

type Row = Selectable<TrackingTables['experiment_tracking_logged_model']>

/** A logged model, without its metrics and the root of its artifacts, which its experiment knows. */
export type StoredModel = Omit<LoggedModel, 'artifactRoot' | 'metrics'>

/** A metric as it is written: which model it is of. */
export type StoredMetric = LoggedModelMetric & { readonly modelId: string }

/** Reads and writes logged models. */
export function loggedModelRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = () => db.selectFrom('experiment_tracking_logged_model').selectAll().where('workspace', '=', workspace)
  return {
    find: async (id: string): Promise<StoredModel | undefined> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toModel(row)
    },
    /** The ids of those that are there. */
    known: async (ids: readonly string[]): Promise<Set<string>> => {
      const found = await inSlices(ids, (slice) => rows().where('id', 'in', slice).execute())
      return new Set(found.map((row) => row.id))
    },
    insert: (model: StoredModel) =>
      db
        .insertInto('experiment_tracking_logged_model')
        .values({
          workspace,
          id: model.id,
          created_at_ms: model.createdAtMs,
          deleted_at_ms: null,
          ...changeable(model),
        })
        .execute(),
    save: (model: StoredModel) =>
      db
        .updateTable('experiment_tracking_logged_model')
        .set(changeable(model))
        .where('workspace', '=', workspace)
        .where('id', '=', model.id)
        .execute(),
    delete: (id: string, atMs: number) =>
      db
        .updateTable('experiment_tracking_logged_model')
        .set({ deleted_at_ms: atMs, updated_at_ms: atMs })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute(),
    /** One more than `limit`, where there are. */
    search: async (dialect: Dialect, search: LoggedModelSearch): Promise<StoredModel[]> =>
      (await searchLoggedModels(db, dialect, workspace, search)).map(toModel),
    ...metricsOf(db, workspace),
  }
}

function metricsOf(db: Kysely<TrackingTables>, workspace: string) {
  return {
    addMetrics: (metrics: readonly StoredMetric[]) =>
      inSlices(metrics, (slice) =>
        db
          .insertInto('experiment_tracking_logged_model_metric')
          .values(slice.map((metric) => toMetricRow(workspace, metric)))
          .onConflict((c) => c.doNothing())
          .execute(),
      ),
    /** The metrics of models, each model's by key, time and step. */
    metrics: async (ids: readonly string[]): Promise<Map<string, LoggedModelMetric[]>> => {
      const found = await inSlices(ids, (slice) =>
        db
          .selectFrom('experiment_tracking_logged_model_metric')
          .selectAll()
          .where('workspace', '=', workspace)
          .where('model_id', 'in', slice)
          .orderBy('key')
          .orderBy('at_ms')
          .orderBy('step')
          .execute(),
      )
      const byModel = new Map<string, LoggedModelMetric[]>()
      for (const row of found) {
        const list = byModel.get(row.model_id) ?? []
        list.push(toMetric(row))
        byModel.set(row.model_id, list)
      }
      return byModel
    },
  }
}

type MetricRow = Selectable<TrackingTables['experiment_tracking_logged_model_metric']>

function toMetricRow(workspace: string, metric: StoredMetric): MetricRow {
  const value = toNumber(metric.value)
  return {
    workspace,
    model_id: metric.modelId,
    key: metric.key,
    at_ms: metric.timestampMs,
    step: metric.step,
    run_id: metric.runId,
    value: Number.isNaN(value) ? null : value,
    dataset_name: metric.datasetName,
    dataset_digest: metric.datasetDigest,
  }
}

function toMetric(row: MetricRow): LoggedModelMetric {
  return {
    key: row.key,
    value: toMetricValue(row.value ?? Number.NaN),
    step: row.step,
    timestampMs: row.at_ms,
    runId: row.run_id,
    datasetName: row.dataset_name,
    datasetDigest: row.dataset_digest,
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
    status: LoggedModel.shape.status.parse(row.status),
    type: row.type,
    params: Texts.parse(JSON.parse(row.params)),
    tags: Texts.parse(JSON.parse(row.tags)),
    deleted: row.deleted_at_ms !== null,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}

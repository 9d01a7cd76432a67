import type { Dialect } from '@millrace/kernel/db'
import { visibleRows } from '@millrace/kernel/db'
import type { Kysely, Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Clause, Order } from '../model/filter.ts'
import type { Experiment } from '../model/run.ts'
import { Retention } from '../retention/model/retention.ts'
import { conditionOn } from './conditions.ts'
import type { TrackingTables } from './tables.ts'

type Row = Selectable<TrackingTables['experiment_tracking_experiment']>

/** What a search of experiments may name, and its column. */
export const experimentColumns = {
  name: 'name',
  experiment_id: 'number',
  creation_time: 'created_at_ms',
  last_update_time: 'updated_at_ms',
} as const

export interface ExperimentSearch {
  readonly clauses: readonly Clause[]
  readonly orders: readonly Order[]
  readonly view: 'active' | 'deleted' | 'all'
  readonly limit: number
  readonly offset: number
  /** Numbers of those that the caller may see. */
  readonly visible: { readonly byDefault: boolean; readonly except: readonly number[] }
}

/** Reads and writes experiments. */
export function experimentRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = () => db.selectFrom('experiment_tracking_experiment').selectAll().where('workspace', '=', workspace)
  const withTags = async (found: readonly Row[]): Promise<Experiment[]> => {
    const tags = await readTags(
      db,
      workspace,
      found.map((row) => row.number),
    )
    return found.map((row) => toExperiment(row, tags.get(row.number) ?? {}))
  }
  const one = async (row: Row | undefined) => (row === undefined ? undefined : (await withTags([row]))[0])
  return {
    byName: async (name: string) => one(await rows().where('name', '=', name).executeTakeFirst()),
    byNumber: async (number: number) => one(await rows().where('number', '=', number).executeTakeFirst()),
    byNumbers: async (numbers: readonly number[]) =>
      numbers.length === 0 ? [] : withTags(await rows().where('number', 'in', numbers).execute()),
    /** The numbers of all experiments of the workspace. */
    numbers: async (): Promise<number[]> =>
      (
        await db
          .selectFrom('experiment_tracking_experiment')
          .select('number')
          .where('workspace', '=', workspace)
          .execute()
      ).map((row) => row.number),
    /** The next free number of the server: numbers are unique across workspaces, never given twice, and 0 is the first. */
    nextNumber: () => nextNumber(db),
    /** When an experiment was deleted; 0 for one that is not. */
    deletedAtMs: async (number: number) =>
      (await rows().where('number', '=', number).executeTakeFirst())?.deleted_at_ms ?? 0,
    insert: (row: Omit<Row, 'workspace' | 'retention'> & { retention?: string | null }) =>
      db
        .insertInto('experiment_tracking_experiment')
        .values({ workspace, ...row })
        .execute(),
    update: (number: number, set: Partial<Omit<Row, 'workspace' | 'number'>>) =>
      db
        .updateTable('experiment_tracking_experiment')
        .set(set)
        .where('workspace', '=', workspace)
        .where('number', '=', number)
        .execute(),
    /** Sets tags; null removes one. */
    setTags: async (experiment: number, tags: Readonly<Record<string, string | null>>) => {
      for (const [key, value] of Object.entries(tags)) await setTag(db, { workspace, experiment, key }, value)
    },
    /** One more than `limit`, where there are. */
    search: async (dialect: Dialect, search: ExperimentSearch) =>
      withTags(await searchRows(db, dialect, workspace, search)),
  }
}

function searchRows(db: Kysely<TrackingTables>, dialect: Dialect, workspace: string, search: ExperimentSearch) {
  let found = db
    .selectFrom('experiment_tracking_experiment')
    .selectAll()
    .where('workspace', '=', workspace)
    .where(visibleRows(sql.ref('number'), search.visible))
  if (search.view !== 'all') found = found.where('deleted_at_ms', search.view === 'active' ? 'is' : 'is not', null)
  for (const clause of search.clauses) found = found.where(matching(db, dialect, clause))
  for (const { key, descending } of search.orders) found = found.orderBy(columnOf(key), descending ? 'desc' : 'asc')
  if (search.orders.length === 0) found = found.orderBy('created_at_ms', 'desc')
  return found
    .orderBy('number', 'desc')
    .limit(search.limit + 1)
    .offset(search.offset)
    .execute()
}

async function nextNumber(db: Kysely<TrackingTables>): Promise<number> {
  const last = async (table: 'experiment_tracking_experiment' | 'experiment_tracking_retired_number') => {
    const row = await db
      .selectFrom(table)
      .select((e) => e.fn.max('number').as('last'))
      .executeTakeFirst()
    return row?.last ?? -1
  }
  return Math.max(await last('experiment_tracking_experiment'), await last('experiment_tracking_retired_number')) + 1
}

function columnOf(key: string) {
  // The parser lets only these keys through.
  return experimentColumns[key as keyof typeof experimentColumns]
}

function matching(db: Kysely<TrackingTables>, dialect: Dialect, clause: Clause) {
  if (clause.entity === 'attribute') return conditionOn(dialect, sql.ref(columnOf(clause.key)), clause)
  const tag = sql`(${db
    .selectFrom('experiment_tracking_experiment_tag as t')
    .select('t.value')
    .whereRef('t.workspace', '=', sql.ref('experiment_tracking_experiment.workspace'))
    .whereRef('t.experiment', '=', sql.ref('experiment_tracking_experiment.number'))
    .where('t.key', '=', clause.key)})`
  if (clause.comparator === 'IS NULL') return sql<boolean>`${tag} is null`
  if (clause.comparator === 'IS NOT NULL') return sql<boolean>`${tag} is not null`
  return conditionOn(dialect, tag, clause)
}

async function setTag(
  db: Kysely<TrackingTables>,
  at: { workspace: string; experiment: number; key: string },
  value: string | null,
) {
  if (value === null) {
    const { workspace, experiment, key } = at
    const rows = db.deleteFrom('experiment_tracking_experiment_tag').where('workspace', '=', workspace)
    await rows.where('experiment', '=', experiment).where('key', '=', key).execute()
    return
  }
  await db
    .insertInto('experiment_tracking_experiment_tag')
    .values({ ...at, value })
    .onConflict((c) => c.columns(['workspace', 'experiment', 'key']).doUpdateSet({ value }))
    .execute()
}

async function readTags(db: Kysely<TrackingTables>, workspace: string, numbers: readonly number[]) {
  const tags = new Map<number, Record<string, string>>()
  if (numbers.length === 0) return tags
  const rows = await db
    .selectFrom('experiment_tracking_experiment_tag')
    .select(['experiment', 'key', 'value'])
    .where('workspace', '=', workspace)
    .where('experiment', 'in', numbers)
    .orderBy('key')
    .execute()
  for (const { experiment, key, value } of rows) tags.set(experiment, { ...tags.get(experiment), [key]: value })
  return tags
}

function toExperiment(row: Row, tags: Record<string, string>): Experiment {
  return {
    id: String(row.number),
    number: row.number,
    name: row.name,
    artifactRoot: row.artifact_root,
    deleted: row.deleted_at_ms !== null,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    spec: {
      description: row.description,
      tags,
      ...(row.retention === null ? {} : { retention: Retention.parse(JSON.parse(row.retention)) }),
    },
  }
}

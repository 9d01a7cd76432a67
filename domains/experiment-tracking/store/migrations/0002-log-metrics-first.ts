import type { Kysely } from 'kysely'
import { sql } from 'kysely'

type Dialect = 'sqlite' | 'postgres'

/**
 * Metrics are logged first and merged soon after: a log, chunks of points, and one row per series with all that is known of
 * it. The points there are go to the log, from where the first merge takes them.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await sql`alter table experiment_tracking_metric rename to experiment_tracking_metric_0001`.execute(db)
  await createLog(db, dialect)
  await createSeries(db, dialect)
  await createChunks(db, dialect)
  await logPoints(db)
  await db.schema.dropTable('experiment_tracking_point').execute()
  await db.schema.dropTable('experiment_tracking_metric_0001').execute()
  await db.schema
    .createIndex('experiment_tracking_metric_of_run')
    .on('experiment_tracking_metric')
    .columns(['workspace', 'run_id', 'key'])
    .unique()
    .execute()
}

const bytesOf = { sqlite: sql`blob`, postgres: sql`bytea` } as const

async function createLog(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_log')
    .addColumn('sequence', dialect === 'postgres' ? sql`bigserial` : 'integer', (c) => c.primaryKey())
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('experiment', 'bigint', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('points', bytesOf[dialect], (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('experiment_tracking_log_of_run')
    .on('experiment_tracking_log')
    .columns(['workspace', 'run_id', 'experiment', 'sequence'])
    .execute()
}

/** One row per run and key. Values that are NaN are NULL. */
async function createSeries(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const numbers = [
    'sum_value',
    'first_value',
    'first_step',
    'first_step_low',
    'first_at_ms',
    'first_at_low',
    'last_value',
    'last_step',
    'last_step_low',
    'last_at_ms',
    'last_at_low',
    'min_value',
    'min_step',
    'max_value',
    'max_step',
  ]
  let table = db.schema
    .createTable('experiment_tracking_metric')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('experiment', 'bigint', (c) => c.notNull())
    .addColumn('points', 'bigint', (c) => c.notNull())
    .addColumn('finite_points', 'bigint', (c) => c.notNull())
    .addColumn('is_nan', 'integer', (c) => c.notNull())
  for (const number of numbers) table = table.addColumn(number, 'double precision')
  await table
    .addColumn('chunks', 'integer', (c) => c.notNull())
    .addColumn('tail', bytesOf[dialect])
    .execute()
  await db.schema
    .createIndex('experiment_tracking_metric_by_value')
    .on('experiment_tracking_metric')
    .columns(['workspace', 'experiment', 'key', 'last_value', 'run_id', 'is_nan'])
    .execute()
}

async function createChunks(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_chunk')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('position', 'double precision', (c) => c.notNull())
    .addColumn('points', 'bigint', (c) => c.notNull())
    .addColumn('first_step', 'double precision', (c) => c.notNull())
    .addColumn('last_step', 'double precision', (c) => c.notNull())
    .addColumn('first_at_ms', 'double precision', (c) => c.notNull())
    .addColumn('last_at_ms', 'double precision', (c) => c.notNull())
    .addColumn('data', bytesOf[dialect], (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_chunk_key', ['workspace', 'run_id', 'key', 'position'])
    .execute()
  await db.schema
    .createTable('experiment_tracking_run_metrics')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('fragment', bytesOf[dialect], (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_run_metrics_key', ['workspace', 'run_id'])
    .execute()
}

interface OldSeries {
  readonly series: number
  readonly workspace: string
  readonly run_id: string
  readonly key: string
  readonly experiment: number
}
interface OldPoint {
  readonly step: number
  readonly at_ms: number
  readonly value: number
  readonly is_nan: number
}

const pointsPerRow = 5000

async function logPoints(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<OldSeries>`
    select m.series, m.workspace, m.run_id, m.key, r.experiment from experiment_tracking_metric_0001 m
    inner join experiment_tracking_run r on r.workspace = m.workspace and r.id = m.run_id
    order by m.workspace, m.run_id, m.key`.execute(db)
  for (const one of rows) {
    for (let start = 0; ; start += pointsPerRow) {
      const points = await sql<OldPoint>`
        select step, at_ms, value, is_nan from experiment_tracking_point where series = ${one.series}
        order by step, at_ms, value, is_nan limit ${pointsPerRow} offset ${start}`.execute(db)
      if (points.rows.length === 0) break
      const bytes = bytesOfPoints(one.key, points.rows)
      await sql`insert into experiment_tracking_log (workspace, experiment, run_id, at_ms, points)
        values (${one.workspace}, ${one.experiment}, ${one.run_id}, 0, ${bytes})`.execute(db)
    }
  }
}

/** The log's form, version 1: version, points, one key, then the columns step, time and value as float64. */
function bytesOfPoints(key: string, points: readonly OldPoint[]): Uint8Array {
  const name = Buffer.from(key)
  const head = Buffer.alloc(9)
  head.writeUInt8(1, 0)
  head.writeUInt32LE(points.length, 1)
  head.writeUInt16LE(1, 5)
  head.writeUInt16LE(name.length, 7)
  const column = (numbers: readonly number[]) => {
    const bytes = Buffer.alloc(1 + numbers.length * 8)
    for (const [index, number] of numbers.entries()) bytes.writeDoubleLE(number, 1 + index * 8)
    return bytes
  }
  return Buffer.concat([
    head,
    name,
    column(points.map((point) => point.step)),
    column(points.map((point) => point.at_ms)),
    column(points.map((point) => (point.is_nan === 1 ? Number.NaN : point.value))),
  ])
}

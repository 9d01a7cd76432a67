import type { RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Leaf } from '../model/condition.ts'
import type { RunSearch } from '../model/run-search.ts'
import type { SqlAt } from './leaf-sql.ts'
import { valueSql } from './leaf-sql.ts'
import { valueTables } from './run-expressions.ts'

/**
 * Where a statement starts: at the runs of some experiments, or at the rows of one key (`d`), from which it goes to
 * their runs. What it starts at is chosen here and not by the database, so that it is the same whatever is in the tables.
 */
export type Source =
  | { readonly kind: 'runs'; readonly experiments: readonly number[] }
  | { readonly kind: 'ids'; readonly ids: readonly string[]; readonly experiments: readonly number[] }
  | {
      readonly kind: 'values'
      readonly entity: 'metric' | 'param' | 'tag'
      readonly key: string
      readonly experiments: readonly number[]
      /** What is asked of the rows themselves. */
      readonly leaves: readonly Leaf[]
    }

/** What a source's own rows are asked, so that no run need be asked again. */
export function askedOf(source: Source): readonly Leaf[] {
  return source.kind === 'values' ? source.leaves : []
}

export interface SourceSql {
  readonly from: RawBuilder<unknown>
  readonly where: readonly RawBuilder<SqlBool>[]
}

/** FROM and WHERE of a source. The run is `r`; the row of a key is `d`. */
export function sourceSql(source: Source, search: Pick<RunSearch, 'workspace'>, at: SqlAt): SourceSql {
  if (source.kind === 'runs') return fromRuns(source.experiments, search)
  if (source.kind === 'ids') {
    const ids = sql.join(source.ids.map((id) => sql`${id}`))
    const where = [
      sql<SqlBool>`r.workspace = ${search.workspace}`,
      sql<SqlBool>`r.id in (${ids})`,
      isIn(sql.ref('r.experiment'), source.experiments),
    ]
    return { from: sql`experiment_tracking_run r`, where }
  }
  const { entity, key, experiments, leaves } = source
  // SQLite keeps to the order of a cross join.
  const join = at.dialect === 'sqlite' ? sql`cross join` : sql`join`
  const where = [
    sql<SqlBool>`d.workspace = ${search.workspace}`,
    // A metric knows its experiment, which its index begins with.
    isIn(sql.ref(entity === 'metric' ? 'd.experiment' : 'r.experiment'), experiments),
    sql<SqlBool>`d.key = ${key}`,
    ...leaves.map((leaf) => valueSql(leaf, 'd', at)),
  ]
  return {
    from: sql`${sql.table(valueTables[entity].table)} d ${join} experiment_tracking_run r on r.workspace = d.workspace and r.id = d.run_id`,
    where,
  }
}

/** One of a few numbers; a single one reads as `=`, which lets an index give its order. */
export function isIn(column: RawBuilder<unknown>, numbers: readonly number[]): RawBuilder<SqlBool> {
  if (numbers.length === 1) return sql<SqlBool>`${column} = ${numbers[0]}`
  return sql<SqlBool>`${column} in (${sql.join(numbers.map((number) => sql`${number}`))})`
}

function fromRuns(experiments: readonly number[], search: Pick<RunSearch, 'workspace'>): SourceSql {
  return {
    from: sql`experiment_tracking_run r`,
    where: [sql<SqlBool>`r.workspace = ${search.workspace}`, isIn(sql.ref('r.experiment'), experiments)],
  }
}

/** True when the rows of a key can be found by an index on what the leaf asks. */
export function isIndexed(leaf: Leaf): boolean {
  const { entity, comparator, figure = 'last', value } = leaf
  if (entity === 'metric') return figure === 'last' && typeof value === 'number' && comparator !== '!='
  return (
    (entity === 'param' || entity === 'tag') &&
    comparator === '=' &&
    typeof value === 'string' &&
    leaf.key !== 'mlflow.runName'
  )
}

import type { Dialect } from '@millrace/kernel/db'
import type { Expression, RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import { conditionOn } from '../../store/conditions.ts'
import type { Condition, Leaf } from '../model/condition.ts'
import { attributeSql, byCodePoints, indexedStart, isWholeNumber, startOf, valueTables } from './run-expressions.ts'

export interface SqlAt {
  readonly dialect: Dialect
  readonly nowMs: number
}

type Bool = RawBuilder<SqlBool>

/** A condition on the run `r`. */
export function conditionSql(condition: Condition, at: SqlAt): Bool {
  if (condition.kind === 'leaf') return leafSql(condition.leaf, at)
  if (condition.kind === 'not') return sql<SqlBool>`not (${conditionSql(condition.of, at)})`
  if (condition.of.length === 0) return condition.kind === 'all' ? sql<SqlBool>`1 = 1` : sql<SqlBool>`1 = 0`
  const joined = sql.join(
    condition.of.map((part) => conditionSql(part, at)),
    condition.kind === 'all' ? sql` and ` : sql` or `,
  )
  return sql<SqlBool>`(${joined})`
}

/** One leaf: never NULL, so that `not` turns it round. */
export function leafSql(leaf: Leaf, at: SqlAt): Bool {
  const { entity, key, comparator } = leaf
  if (entity === 'tag' && key === 'mlflow.runName')
    return attributeLeaf({ ...leaf, entity: 'attribute', key: 'run_name' }, at)
  if (entity === 'attribute') return attributeLeaf(leaf, at)
  if (entity === 'dataset') return datasetLeaf(leaf, at)
  const own = sql`select 1 from ${sql.table(valueTables[entity].table)} v where v.workspace = r.workspace and v.run_id = r.id and v.key = ${key}`
  if (comparator === 'IS NULL') return sql<SqlBool>`not exists (${own})`
  if (comparator === 'IS NOT NULL') return sql<SqlBool>`exists (${own}${hasFigure(leaf)})`
  return sql<SqlBool>`exists (${own} and ${valueSql(leaf, 'v', at)})`
}

/** What a leaf asks of a row of its own table, whose alias is given. */
export function valueSql(leaf: Leaf, alias: string, at: SqlAt): Bool {
  if (leaf.entity === 'metric') return metricSql(leaf, alias, at)
  const value = sql.ref(`${alias}.value`)
  if (isAboutNumbers(leaf.value)) return comparison(leaf, textAsNumber(value, at.dialect), at)
  const exact = comparison(leaf, isOrdering(leaf.comparator) ? byCodePoints(at.dialect, value) : value, at)
  // The index holds the start of each value.
  if (leaf.comparator !== '=' || typeof leaf.value !== 'string') return exact
  return sql<SqlBool>`${indexedStart(at.dialect, value)} = ${startOf(leaf.value)} and ${exact}`
}

/** A metric that was never a number has a latest value, NaN, but no least one. */
function hasFigure({ figure }: Leaf): RawBuilder<unknown> {
  if (figure === undefined || figure === 'last' || figure === 'count') return sql``
  return sql` and ${sql.ref(`v.${figureColumns[figure]}`)} is not null`
}

const figureColumns = {
  last: 'last_value',
  min: 'min_value',
  max: 'max_value',
  first: 'first_value',
  mean: 'sum_value',
  count: 'points',
} as const

/** Every comparison with NaN is false, but `!=`. */
function metricSql(leaf: Leaf, alias: string, at: SqlAt): Bool {
  const figure = leaf.figure ?? 'last'
  const column = sql.ref(`${alias}.${figureColumns[figure]}`)
  if (figure === 'count')
    return comparison(leaf, at.dialect === 'sqlite' ? column : sql`cast(${column} as double precision)`, at)
  if (figure === 'mean') {
    const mean = sql`(${column} / nullif(${sql.ref(`${alias}.finite_points`)}, 0))`
    return sql<SqlBool>`(${column} is not null and ${comparison(leaf, mean, at)})`
  }
  if (figure !== 'last') return sql<SqlBool>`(${column} is not null and ${comparison(leaf, column, at)})`
  const isNan = sql.ref(`${alias}.is_nan`)
  const compared = comparison(leaf, column, at)
  return leaf.comparator === '!=' || leaf.comparator === 'NOT IN'
    ? sql<SqlBool>`(${isNan} = 1 or ${compared})`
    : sql<SqlBool>`${isNan} = 0 and ${compared}`
}

function datasetLeaf(leaf: Leaf, at: SqlAt): Bool {
  const value = sql.ref(`v.${leaf.key}`)
  const own = sql`select 1 from experiment_tracking_input v where v.workspace = r.workspace and v.run_id = r.id`
  if (leaf.comparator === 'IS NULL') return sql<SqlBool>`not exists (${own})`
  if (leaf.comparator === 'IS NOT NULL') return sql<SqlBool>`exists (${own})`
  return sql<SqlBool>`exists (${own} and ${comparison(leaf, value, at)})`
}

function attributeLeaf(leaf: Leaf, at: SqlAt): Bool {
  const value = attributeSql(leaf.key, at)
  if (leaf.comparator === 'IS NULL') return sql<SqlBool>`${value} is null`
  if (leaf.comparator === 'IS NOT NULL') return sql<SqlBool>`${value} is not null`
  // Statuses are lower case here and upper case in other systems' words.
  const asked = leaf.key === 'status' ? { ...leaf, value: lowered(leaf.value) } : leaf
  if (isOrdering(leaf.comparator) && !isWholeNumber(leaf.key)) {
    return sql<SqlBool>`(${value} is not null and ${comparison(asked, byCodePoints(at.dialect, value), at)})`
  }
  if (alwaysThere.has(leaf.key)) return comparison(asked, value, at)
  const compared = isWholeNumber(leaf.key) ? wholeNumber(asked, value, at) : comparison(asked, value, at)
  return sql<SqlBool>`(${value} is not null and ${compared})`
}

const alwaysThere = new Set(['run_id', 'run_name', 'status', 'user_id'])

/** PostgreSQL would refuse to compare its whole numbers with 0.5. */
function wholeNumber(leaf: Leaf, value: Expression<unknown>, at: SqlAt): Bool {
  const isSafe = typeof leaf.value !== 'number' || Number.isSafeInteger(leaf.value)
  return comparison(leaf, isSafe ? value : sql`cast(${value} as double precision)`, at)
}

function comparison(leaf: Leaf, value: Expression<unknown>, at: SqlAt): Bool {
  const { comparator } = leaf
  const sqlite = at.dialect === 'sqlite'
  if (comparator === 'MATCHES') {
    const pattern = String(leaf.value)
    return sqlite ? sql<SqlBool>`${value} regexp ${pattern}` : sql<SqlBool>`${value} ~ ${pattern}`
  }
  if (comparator === 'CONTAINS') {
    const part = String(leaf.value).toLowerCase()
    return sqlite
      ? sql<SqlBool>`millrace_contains(${value}, ${part})`
      : sql<SqlBool>`strpos(lower(${value}), ${part}) > 0`
  }
  if (Array.isArray(leaf.value)) return listed(comparator === 'NOT IN', value, leaf.value)
  const one = leaf.value as string | number | null // a list was answered above
  return conditionOn(at.dialect, value, { entity: leaf.entity, key: leaf.key, comparator, value: one })
}

function listed(negated: boolean, value: Expression<unknown>, list: readonly (string | number)[]): Bool {
  if (list.length === 0) return negated ? sql<SqlBool>`1 = 1` : sql<SqlBool>`1 = 0`
  const members = sql.join(list.map((item) => sql`${item}`))
  return negated ? sql<SqlBool>`${value} not in (${members})` : sql<SqlBool>`${value} in (${members})`
}

function isAboutNumbers(value: Leaf['value']): boolean {
  return typeof value === 'number' || (Array.isArray(value) && value.length > 0 && typeof value[0] === 'number')
}

function isOrdering(comparator: Leaf['comparator']): boolean {
  return comparator.startsWith('<') || comparator.startsWith('>')
}

/** The number a text reads as; NULL, which compares to nothing, where it reads as none. */
function textAsNumber(value: Expression<unknown>, dialect: Dialect): RawBuilder<unknown> {
  if (dialect === 'sqlite') return sql`millrace_number(${value})`
  const form = String.raw`^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$`
  return sql`(case when ${value} ~ ${form} then ${value}::double precision end)`
}

function lowered(value: Leaf['value']): Leaf['value'] {
  if (typeof value === 'string') return value.toLowerCase()
  return Array.isArray(value) ? value.map((item: string | number) => String(item).toLowerCase()) : value
}

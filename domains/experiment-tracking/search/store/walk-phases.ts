import type { RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Order } from '../../model/filter.ts'
import type { Leaf } from '../model/condition.ts'
import { requiredLeaves } from '../model/condition.ts'
import type { CursorKey, RunSearch } from '../model/run-search.ts'
import { neverStarted } from '../model/run-search.ts'
import type { SqlAt } from './leaf-sql.ts'
import { startTerms, termsOf, valueTerm } from './order-terms.ts'
import { indexedStart, valueTables } from './run-expressions.ts'
import type { Selection } from './select-runs.ts'

/** A statement of a walk, but for how many rows it shall give. */
export type Phase = Omit<Selection, 'limit'>

/** The statements that give one experiment's runs in the order asked for, from the cursor on. */
export function phasesOf(search: RunSearch, experiment: number, at: SqlAt): Phase[] {
  const [order] = search.orders
  if (order === undefined || order.entity === 'attribute') return startPhases(search, experiment, order, at)
  if (order.entity === 'dataset') return []
  return valuePhases(search, experiment, { ...order, entity: order.entity }, at)
}

/** Started runs by the index on the start, then those that never started. */
function startPhases(search: RunSearch, experiment: number, order: Order | undefined, at: SqlAt): Phase[] {
  const source = { kind: 'runs' as const, experiments: [experiment] }
  const { cursor } = search
  const isBehindStarted = cursor?.startedAtMs === neverStarted
  const never: Phase = {
    source,
    also: [sql<SqlBool>`r.started_at_ms is null`],
    terms: [...termsOf(search.orders, 1, isBehindStarted ? cursor : undefined, at)],
    known: [{ rank: 2, value: null }],
  }
  if (isBehindStarted) return [never]
  const also = [sql<SqlBool>`r.started_at_ms is not null`]
  if (order === undefined) {
    return [{ source, also, terms: startTerms(cursor, at), known: [] }, never]
  }
  const term = valueTerm(order, 0, sql.ref('r.started_at_ms'), cursor?.keys[0])
  const started: Phase = {
    source,
    also,
    terms: [term, ...termsOf(search.orders, 1, cursor, at)],
    known: [{ rank: 0, value: null }],
  }
  return [started, never]
}

type ValueOrder = Order & { readonly entity: 'metric' | 'param' | 'tag' }

function valuePhases(search: RunSearch, experiment: number, order: ValueOrder, at: SqlAt): Phase[] {
  const { entity, key } = order
  const own = requiredLeaves(search.condition).filter(
    (leaf) => leaf.entity === entity && leaf.key === key && isOnValue(leaf),
  )
  const source = { kind: 'values' as const, entity, key, experiments: [experiment], leaves: own }
  const reached = search.cursor?.keys[0]?.rank ?? 0
  const phases: Phase[] = []
  const phase = (rank: number, rest: Pick<Phase, 'source' | 'also'>, expression?: RawBuilder<unknown>) => {
    if (rank < reached) return
    const cursor = rank === reached ? search.cursor : undefined
    const first = expression === undefined ? [] : [valueTerm(order, 0, expression, cursor?.keys[0])]
    const known: CursorKey[] = [{ rank, value: null }]
    phases.push({ ...rest, terms: [...first, ...termsOf(search.orders, 1, cursor, at)], known })
  }
  if (entity === 'metric') {
    phase(0, { source, also: [sql<SqlBool>`d.last_value is not null`, sql<SqlBool>`d.is_nan = 0`] }, sql`d.last_value`)
    phase(1, { source, also: [sql<SqlBool>`d.last_value is null`] })
  } else {
    phase(0, { source }, indexedStart(at.dialect, sql.ref('d.value')))
  }
  // Where the filter asks for a value, no run without one is looked for.
  if (own.length === 0) phase(2, { source: { kind: 'runs', experiments: [experiment] }, also: [without(entity, key)] })
  return phases
}

function isOnValue({ comparator }: Leaf): boolean {
  return comparator !== 'IS NULL' && comparator !== 'IS NOT NULL'
}

function without(entity: ValueOrder['entity'], key: string): RawBuilder<SqlBool> {
  const { table } = valueTables[entity]
  return sql<SqlBool>`not exists (select 1 from ${sql.table(table)} w where w.workspace = r.workspace and w.run_id = r.id and w.key = ${key})`
}

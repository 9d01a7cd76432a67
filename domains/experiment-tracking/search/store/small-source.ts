import type { ReadContext } from '@millrace/kernel'
import { sql } from 'kysely'
import type { Leaf } from '../model/condition.ts'
import { requiredLeaves } from '../model/condition.ts'
import type { RunSearch } from '../model/run-search.ts'
import type { SqlAt } from './leaf-sql.ts'
import { valueSql } from './leaf-sql.ts'
import { valueTables } from './run-expressions.ts'
import type { Source } from './sources.ts'
import { isIn, isIndexed } from './sources.ts'

/** So few candidates are sooner read and sorted than looked for along an index. */
export const few = 3000

/** The smallest set of candidates that an index gives, where it is small; undefined where all are large. */
export async function smallSource(
  context: ReadContext,
  search: RunSearch,
  { experiments, bound = few }: { experiments: readonly number[]; bound?: number },
  at: SqlAt,
): Promise<Source | undefined> {
  const leaves = requiredLeaves(search.condition)
  const ids = leaves.find(isAboutIds)
  if (ids !== undefined) return { kind: 'ids', ids: idsOf(ids), experiments }
  let smallest: { source: Source; count: number } | undefined
  for (const source of candidates(leaves, experiments)) {
    const count = await countUpTo(context, search.workspace, source, smallest?.count ?? bound, at)
    if (count < (smallest?.count ?? bound)) smallest = { source, count }
  }
  return smallest?.source
}

function isAboutIds({ entity, key, comparator }: Leaf): boolean {
  return entity === 'attribute' && key === 'run_id' && (comparator === '=' || comparator === 'IN')
}

function idsOf({ value }: Leaf): string[] {
  const ids = Array.isArray(value) ? value.map(String) : [String(value)]
  return ids.length === 0 ? [''] : ids
}

function candidates(leaves: readonly Leaf[], experiments: readonly number[]): Source[] {
  // Two bounds on one metric are one range of its index.
  const byKey = Map.groupBy(leaves.filter(isIndexed), ({ entity, key }) => `${entity}.${key}`)
  const byValue = [...byKey.values()].flatMap((own): Source[] => {
    const [first] = own
    if (first === undefined || first.entity === 'attribute' || first.entity === 'dataset') return []
    return [{ kind: 'values', entity: first.entity, key: first.key, experiments, leaves: own }]
  })
  return [...byValue, { kind: 'runs', experiments }]
}

/** Counts rows in the index alone; what their runs are like is not looked at. */
async function countUpTo(
  { db }: ReadContext,
  workspace: string,
  source: Source,
  bound: number,
  at: SqlAt,
): Promise<number> {
  const rows =
    source.kind === 'values'
      ? sql`${sql.table(valueTables[source.entity].table)} d where d.workspace = ${workspace} and d.key = ${source.key}${source.entity === 'metric' ? sql` and ${isIn(sql.ref('d.experiment'), source.experiments)}` : sql``} and ${sql.join(
          source.leaves.map((leaf) => valueSql(leaf, 'd', at)),
          sql` and `,
        )}`
      : sql`experiment_tracking_run r where r.workspace = ${workspace} and ${isIn(sql.ref('r.experiment'), source.kind === 'runs' ? source.experiments : [])}`
  const { rows: counted } = await sql<{
    n: number | string
  }>`select count(*) as n from (select 1 from ${rows} limit ${sql.lit(bound)}) c`.execute(db)
  return Number(counted[0]?.n ?? 0)
}

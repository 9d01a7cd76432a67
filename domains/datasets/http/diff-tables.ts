import type { Row, Runtime } from '@millrace/kernel'
import { jensenShannonFromCounts, psiFromCounts } from '@millrace/statistics'
import type { ColumnProfile, ColumnShift, DatasetColumn, DatasetVersion, TableDiff } from '../contract.ts'
import { problem } from '../contract.ts'
import type { ComparedTables } from '../model/diff-sql.ts'
import {
  categoriesSql,
  cumulativeSql,
  keyedRowsSql,
  multisetRowsSql,
  quantilesSql,
  repeatedKeysSql,
  rowsPerPart,
} from '../model/diff-sql.ts'
import { isNumeric, kindOf } from '../model/profile-sql.ts'
import { storeOf } from '../store/datasets.ts'
import { localTable } from './local-files.ts'
import { sourceOfFiles } from './profile-files.ts'

/** A table of one of two versions. */
export interface ComparedSide {
  readonly version: DatasetVersion
  readonly table?: string
  readonly columns: readonly DatasetColumn[]
  readonly rowCount: number
}

interface Pair {
  readonly name: string
  readonly from: ComparedSide
  readonly to: ComparedSide
  readonly keys: readonly string[]
}

/** Bins of a distribution, columns of a statement, columns compared. */
const binCount = 20
const columnsAtOnce = 10
const maximumColumns = 200

/**
 * Compares two tables: columns by name, rows by key or as a multiset, distributions over bins of equal shares of `from`.
 * Memory stays bounded: rows are compared by hash, in parts. Throws `datasets/no-such-column`, `datasets/keys-not-unique`.
 */
export async function diffTables(runtime: Runtime, workspace: string, pair: Pair): Promise<TableDiff> {
  const { from, to } = pair
  const source = async ({ version, table }: ComparedSide) => {
    const { format, files } = await localTable(runtime, workspace, version, table)
    return sourceOfFiles(format, files)
  }
  const columns = diffColumns(from.columns, to.columns)
  const toTypes = new Map(to.columns.map(({ name, type }) => [name, type]))
  const common = from.columns.flatMap(({ name, type }) => {
    const toType = toTypes.get(name)
    return toType === undefined ? [] : [{ name, fromType: type, toType }]
  })
  const tables = { from: await source(from), to: await source(to), common, keys: pair.keys }
  await refuseKeys(runtime, pair, tables)
  const rows = await diffRows(runtime, pair, tables)
  const shifts = await diffDistributions(runtime, workspace, pair, tables)
  return { table: pair.name, rows, columns, shifts }
}

function diffColumns(from: readonly DatasetColumn[], to: readonly DatasetColumn[]): TableDiff['columns'] {
  const before = new Map(from.map((column) => [column.name, column.type]))
  const after = new Map(to.map((column) => [column.name, column.type]))
  return {
    added: to.filter(({ name }) => !before.has(name)),
    removed: from.filter(({ name }) => !after.has(name)),
    retyped: from.flatMap(({ name, type }) => {
      const now = after.get(name)
      return now === undefined || now === type ? [] : [{ name, from: type, to: now }]
    }),
  }
}

async function refuseKeys(runtime: Runtime, { keys, from, to }: Pair, tables: ComparedTables): Promise<void> {
  const names = tables.common.map(({ name }) => name)
  const strange = keys.find((key) => !names.includes(key))
  if (strange !== undefined)
    throw problem['no-such-column']({ column: strange, columns: names.join(', ').slice(0, 1000) })
  if (keys.length === 0) return
  for (const [side, source] of [
    [from, tables.from],
    [to, tables.to],
  ] as const) {
    const [row] = await runtime.analytics.rows(repeatedKeysSql(source, keys))
    const version = `${side.version.dataset}@${side.version.version}`
    if (numberOf(row, 'n') > 0) throw problem['keys-not-unique']({ keys: keys.join(', '), version })
  }
}

async function diffRows(
  runtime: Runtime,
  { from, to, keys }: Pair,
  tables: ComparedTables,
): Promise<TableDiff['rows']> {
  const ends = { from: from.rowCount, to: to.rowCount, keys: [...keys] }
  if (tables.common.length === 0) {
    return { ...ends, added: to.rowCount, removed: from.rowCount, changed: keys.length > 0 ? 0 : null, unchanged: 0 }
  }
  const parts = Math.max(1, Math.ceil((from.rowCount + to.rowCount) / rowsPerPart))
  const sum = { added: 0, removed: 0, changed: 0, unchanged: 0 }
  for (let part = 0; part < parts; part += 1) {
    const sql = keys.length > 0 ? keyedRowsSql(tables, part, parts) : multisetRowsSql(tables, part, parts)
    const [row] = await runtime.analytics.rows(sql)
    sum.added += numberOf(row, 'added')
    sum.removed += numberOf(row, 'removed')
    sum.changed += numberOf(row, 'changed')
    sum.unchanged += numberOf(row, 'unchanged')
  }
  return { ...ends, ...sum, changed: keys.length > 0 ? sum.changed : null }
}

async function diffDistributions(
  runtime: Runtime,
  workspace: string,
  pair: Pair,
  tables: ComparedTables,
): Promise<ColumnShift[]> {
  if (pair.from.rowCount === 0 || pair.to.rowCount === 0) return []
  const sameKind = tables.common
    .filter(({ fromType, toType }) => kindOf(fromType) === kindOf(toType) && kindOf(fromType) !== 'other')
    .slice(0, maximumColumns)
    .map(({ name, fromType }) => ({ name, type: fromType }))
  const numeric = sameKind.filter(isNumeric)
  const shifts: ColumnShift[] = []
  for (let at = 0; at < numeric.length; at += columnsAtOnce) {
    shifts.push(...(await numericShifts(runtime, tables, numeric.slice(at, at + columnsAtOnce))))
  }
  const profiles = [await profileOf(runtime, workspace, pair.from), await profileOf(runtime, workspace, pair.to)]
  for (const column of sameKind.filter((found) => !isNumeric(found))) {
    const shift = await categoryShift(runtime, tables, column, profiles)
    if (shift !== undefined) shifts.push(shift)
  }
  return shifts.toSorted((a, b) => b.psi - a.psi)
}

async function numericShifts(
  runtime: Runtime,
  tables: ComparedTables,
  columns: readonly DatasetColumn[],
): Promise<ColumnShift[]> {
  const [quantiles = {}] = await runtime.analytics.rows(quantilesSql(tables.from, columns, binCount))
  const edged = columns.map((column, index) => ({ column, edges: edgesOf(quantiles[`q${index}`]) }))
  const [before] = await runtime.analytics.rows(cumulativeSql(tables.from, edged))
  const [after] = await runtime.analytics.rows(cumulativeSql(tables.to, edged))
  return edged.flatMap(({ column, edges }, index) => {
    const [from, to] = [binsOf(before, index, edges), binsOf(after, index, edges)]
    if (from.total === 0 || to.total === 0) return []
    const kind = kindOf(column.type) === 'time' ? ('time' as const) : ('number' as const)
    const labels = [
      ...edges.map((edge) => `≤ ${labelOf(edge, kind)}`),
      edges.length === 0 ? 'all' : `> ${labelOf(edges.at(-1) ?? 0, kind)}`,
    ]
    const ks = Math.max(
      0,
      ...from.below.map((count, at) => Math.abs(count / from.total - (to.below[at] ?? 0) / to.total)),
    )
    return [{ ...distances(column.name, kind, labels, from, to), ks, means: [from.mean, to.mean] }]
  })
}

interface Bins {
  readonly counts: readonly number[]
  readonly below: readonly number[]
  readonly total: number
  readonly nulls: number
  readonly mean: number
}

function edgesOf(cell: Row[string] | undefined): number[] {
  const found = Array.isArray(cell) ? cell.map(Number).filter(Number.isFinite) : []
  return [...new Set(found)].toSorted((a, b) => a - b)
}

function binsOf(row: Row | undefined, index: number, edges: readonly number[]): Bins {
  const total = numberOf(row, `n${index}`)
  const below = edges.map((_edge, at) => numberOf(row, `c${index}_${at}`))
  const counts = [...below, total].map((count, at) => count - (at === 0 ? 0 : (below[at - 1] ?? 0)))
  return { counts, below, total, nulls: numberOf(row, `z${index}`), mean: numberOf(row, `m${index}`) }
}

function labelOf(edge: number, kind: 'time' | 'number'): string {
  return kind === 'time' ? new Date(edge).toISOString() : String(Number(edge.toPrecision(6)))
}

function distances(
  column: string,
  kind: ColumnShift['kind'],
  labels: readonly string[],
  from: Pick<Bins, 'counts' | 'nulls'>,
  to: Pick<Bins, 'counts' | 'nulls'>,
): ColumnShift {
  return {
    column,
    kind,
    psi: psiFromCounts(from.counts, to.counts),
    js: jensenShannonFromCounts(from.counts, to.counts, 2),
    ks: null,
    nulls: [from.nulls, to.nulls],
    means: null,
    bins: labels.map((label, at) => ({ label, from: from.counts[at] ?? 0, to: to.counts[at] ?? 0 })),
  }
}

async function profileOf(runtime: Runtime, workspace: string, side: ComparedSide): Promise<readonly ColumnProfile[]> {
  const found = await storeOf(runtime.database.reader, workspace).versions.profile(side.version.id)
  return (side.table === undefined ? found?.columns : found?.tables[side.table]) ?? []
}

/** Over the most frequent values of either side, which their profiles know, and all others together. */
async function categoryShift(
  runtime: Runtime,
  tables: ComparedTables,
  column: DatasetColumn,
  profiles: readonly (readonly ColumnProfile[])[],
): Promise<ColumnShift | undefined> {
  const frequent = profiles.flatMap((columns) => columns.find(({ name }) => name === column.name)?.topValues ?? [])
  const categories = [...new Set(frequent.map(({ value }) => value))]
  const [before] = await runtime.analytics.rows(categoriesSql(tables.from, column, categories))
  const [after] = await runtime.analytics.rows(categoriesSql(tables.to, column, categories))
  const [from, to] = [countsOf(before, categories), countsOf(after, categories)]
  if (from.total === 0 || to.total === 0) return undefined
  const kind = kindOf(column.type) === 'boolean' ? ('boolean' as const) : ('text' as const)
  return distances(column.name, kind, [...categories, 'others'], from, to)
}

function countsOf(row: Row | undefined, categories: readonly string[]) {
  const counts = categories.map((_value, at) => numberOf(row, `c${at}`))
  const total = numberOf(row, 'n')
  const others = total - counts.reduce((sum, count) => sum + count, 0)
  return { counts: [...counts, others], total, nulls: numberOf(row, 'z') }
}

function numberOf(row: Row | undefined, name: string): number {
  const value = Number(row?.[name] ?? 0)
  return Number.isFinite(value) ? value : 0
}

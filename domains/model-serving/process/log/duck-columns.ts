import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBDataChunk,
  FLOAT,
  INTEGER,
  LIST,
  listValue,
  SMALLINT,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api'
import type { Datatype } from '../../model/tensor.ts'
import type { LogColumn } from './log-table.ts'

/** A column as the analytics engine takes it: a name, a type and a value for each row. */
export interface DuckColumn {
  readonly name: string
  readonly type: DuckDBType
  readonly valueAt: (row: number) => DuckDBValue
  /** The same values as they lie in memory, where they do: copied whole, where none is NaN. */
  readonly whole?: Float32Array | Float64Array
}

/** Wider rows than this stay together as one list; narrower ones become a column for each element. */
const widestSpread = 64

const typeOf: Readonly<Record<Datatype, DuckDBType>> = {
  BOOL: BOOLEAN,
  UINT8: UTINYINT,
  UINT16: USMALLINT,
  UINT32: UINTEGER,
  UINT64: UBIGINT,
  INT8: TINYINT,
  INT16: SMALLINT,
  INT32: INTEGER,
  INT64: BIGINT,
  FP16: FLOAT,
  FP32: FLOAT,
  FP64: DOUBLE,
  BYTES: VARCHAR,
}

/** The columns of a tensor: `in.x` for one element per row, `in.x.0`, `in.x.1`, … for some, a list for many. NaN becomes NULL. */
export function duckColumnsOf(column: LogColumn): DuckColumn[] {
  const { name, datatype, width } = column
  const type = typeOf[datatype]
  const elementAt = elementReader(column)
  const rowOf = presentRows(column)
  if (width === 1) {
    const { data, missing } = column
    const isWhole = missing.length === 0 && (data instanceof Float32Array || data instanceof Float64Array)
    return [{ name, type, valueAt: (row) => elementAt(rowOf(row)), ...(isWhole ? { whole: data } : {}) }]
  }
  if (width > widestSpread) {
    const valueAt = (row: number) => {
      const present = rowOf(row)
      return present < 0 ? null : listValue(Array.from({ length: width }, (_, at) => elementAt(present * width + at)))
    }
    return [{ name, type: LIST(type), valueAt }]
  }
  return Array.from({ length: width }, (_, offset) => ({
    name: `${name}.${offset}`,
    type,
    valueAt: (row: number) => {
      const present = rowOf(row)
      return present < 0 ? null : elementAt(present * width + offset)
    },
  }))
}

function elementReader({ datatype, data }: LogColumn): (index: number) => DuckDBValue {
  if (datatype === 'BOOL') return (index) => (index < 0 ? null : data[index] === 1)
  if (datatype === 'FP16') return (index) => (index < 0 ? null : halfToNumber(Number(data[index])))
  if (datatype === 'FP32' || datatype === 'FP64') {
    return (index) => {
      const value = data[index]
      return value === undefined || Number.isNaN(value) ? null : value
    }
  }
  return (index) => data[index] ?? null
}

/** Where a row's elements lie: rows of failed runs have none (-1) and take no room. */
function presentRows({ missing }: LogColumn): (row: number) => number {
  if (missing.length === 0) return (row) => row
  let range = 0
  let skipped = 0
  return (row) => {
    // Rows are asked for in ascending order, once for each of the tensor's columns; a lower row starts anew.
    if (row === 0) [range, skipped] = [0, 0]
    for (let next = missing[range]; next !== undefined && row >= next.to; next = missing[range]) {
      skipped += next.to - next.from
      range += 1
    }
    const next = missing[range]
    return next !== undefined && row >= next.from ? -1 : row - skipped
  }
}

function halfToNumber(bits: number): number | null {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * 2 ** -24 * fraction
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : null
  return sign * 2 ** (exponent - 25) * (1024 + fraction)
}

const chunkRows = 2048

/** Creates a temporary table and fills it with `rows` rows. */
export async function fillTable(
  db: DuckDBConnection,
  table: string,
  columns: readonly DuckColumn[],
  rows: number,
): Promise<void> {
  const declared = columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type.toString()}`)
  await db.run(`create or replace temp table ${table} (${declared.join(', ')})`)
  const appender = await db.createAppender(table)
  const types = columns.map(({ type }) => type)
  for (let start = 0; start < rows; start += chunkRows) {
    const count = Math.min(chunkRows, rows - start)
    const chunk = DuckDBDataChunk.create(types, count)
    columns.forEach(({ valueAt, whole }, index) => {
      const vector = chunk.getColumnVector(index)
      if (!copyWhole(vector, whole?.subarray(start, start + count))) {
        for (let row = 0; row < count; row += 1) vector.setItem(row, valueAt(start + row))
      }
      vector.flush()
    })
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

/** Copies numbers into the engine's memory at once; false where that cannot be, or a NaN has to become NULL. */
function copyWhole(vector: DuckDBVector, numbers: Float32Array | Float64Array | undefined): boolean {
  if (numbers === undefined) return false
  const items: unknown = Reflect.get(vector, 'items') // its own setter takes one boxed value at a time
  const fits =
    (items instanceof Float32Array && numbers instanceof Float32Array) ||
    (items instanceof Float64Array && numbers instanceof Float64Array)
  if (!fits || numbers.some(Number.isNaN)) return false
  items.set(numbers)
  return true
}

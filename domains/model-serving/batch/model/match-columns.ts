import type { Datatype, Signature, TensorSpec } from '../../model/tensor.ts'
import { rowWidth } from '../../model/tensor.ts'
import type { InputColumns } from './batch-plan.ts'
import { batchProblem } from './batch-problems.ts'

/** A column of the data, with the analytics engine's name of its type. */
export interface DataColumn {
  readonly name: string
  readonly type: string
}

const sqlTypeOf: Readonly<Record<Datatype, string>> = {
  BOOL: 'boolean',
  UINT8: 'utinyint',
  UINT16: 'usmallint',
  UINT32: 'uinteger',
  UINT64: 'ubigint',
  INT8: 'tinyint',
  INT16: 'smallint',
  INT32: 'integer',
  INT64: 'bigint',
  FP16: 'float',
  FP32: 'float',
  FP64: 'double',
  BYTES: 'varchar',
}

const numeric = /^(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UINTEGER|FLOAT|DOUBLE|DECIMAL.*)$/
const list = /^(.*)\[(\d*)\]$/

/**
 * Finds each of the model's inputs in the data, by name. An input of several elements per row is a list column of its
 * name, columns `name.0`, `name.1`, …, or, when it is the only input, `features` or all columns that are not kept.
 * Throws `batch-prediction/columns-do-not-fit`, naming all that is missing or wrong, and `fixed-rows`.
 */
export function matchColumns(
  { inputs }: Signature,
  columns: readonly DataColumn[],
  wish: { readonly keep: readonly string[]; readonly features: readonly string[] },
): InputColumns[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const missing: string[] = []
  const wrong: string[] = []
  const matched = inputs.map((spec) => {
    const found = sourcesOf(spec, types, inputs.length === 1 ? wish : undefined)
    if (found === undefined) missing.push(`"${spec.name}"${widthText(spec)}`)
    for (const { column, type } of found ?? []) {
      if (!fits(spec.datatype, type)) wrong.push(`"${column}" is ${type} where the model takes ${spec.datatype}`)
    }
    return inputColumns(spec, found ?? [])
  })
  const reasons = [...(missing.length === 0 ? [] : [`missing are ${missing.join(', ')}`]), ...new Set(wrong)]
  if (reasons.length > 0) {
    throw batchProblem['columns-do-not-fit']({ reasons: reasons.join('; '), columns: columnsText(columns) })
  }
  return matched
}

/** `a (DOUBLE), b (VARCHAR)`, cut where there are many. */
export function columnsText(columns: readonly DataColumn[]): string {
  const some = columns.slice(0, 40).map(({ name, type }) => `${name} (${type})`)
  return columns.length > some.length ? `${some.join(', ')} and ${columns.length - some.length} more` : some.join(', ')
}

/** A column's name in SQL. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

interface Source {
  readonly column: string
  readonly type: string
  readonly sql: string
}

interface Wish {
  readonly keep: readonly string[]
  readonly features: readonly string[]
}

function sourcesOf(spec: TensorSpec, types: ReadonlyMap<string, string>, only: Wish | undefined): Source[] | undefined {
  checkRows(spec)
  const width = spec.shape.length < 2 ? 1 : Math.max(-1, rowWidth(spec.shape))
  const named = types.get(spec.name)
  if (named !== undefined && list.test(named)) return listSources(spec.name, named, width)
  if (named !== undefined && Math.abs(width) === 1) return [plain(spec.name, named)]
  const numbered = numberedColumns(spec.name, types)
  if (numbered.length > 0 && (width < 0 || numbered.length === width)) return numbered
  return only === undefined ? undefined : onlyInput(types, only, width)
}

function listSources(name: string, type: string, width: number): Source[] | undefined {
  const [, element = '', fixed = ''] = list.exec(type) ?? []
  const length = width > 0 ? width : Number(fixed)
  return length > 0 ? elementsOf(name, element, length) : undefined
}

/** The only input may take its columns by their order. */
function onlyInput(types: ReadonlyMap<string, string>, { keep, features }: Wish, width: number): Source[] | undefined {
  const names = features.length > 0 ? features : [...types.keys()].filter((name) => !keep.includes(name))
  if (names.some((name) => !types.has(name)) || (width > 0 && names.length !== width)) return undefined
  return names.map((name) => plain(name, types.get(name) ?? ''))
}

/** Only the first dimension may be the rows'; a fixed one cannot take batches. */
function checkRows({ name, shape }: TensorSpec): void {
  const [rows] = shape
  if (rows !== undefined && rows > 1) throw batchProblem['fixed-rows']({ name, rows })
}

const plain = (column: string, type: string): Source => ({ column, type, sql: quoted(column) })

function elementsOf(column: string, type: string, length: number): Source[] {
  return Array.from({ length }, (_, at) => ({ column, type, sql: `${quoted(column)}[${at + 1}]` }))
}

function numberedColumns(name: string, types: ReadonlyMap<string, string>): Source[] {
  const found: Source[] = []
  for (let at = 0; ; at += 1) {
    const type = types.get(`${name}.${at}`)
    if (type === undefined) return found
    found.push(plain(`${name}.${at}`, type))
  }
}

function fits(datatype: Datatype, type: string): boolean {
  return datatype === 'BYTES' ? type === 'VARCHAR' : numeric.test(type)
}

function inputColumns({ name, datatype, shape }: TensorSpec, sources: readonly Source[]): InputColumns {
  const missingIsNan = datatype === 'FP32' || datatype === 'FP64' || datatype === 'FP16'
  const expressions = sources.map(({ sql, type }) => {
    const sqlType = sqlTypeOf[datatype]
    const cast = type.toLowerCase() === sqlType ? sql : `${sql}::${sqlType}`
    return missingIsNan ? `coalesce(${cast}, 'NaN'::${sqlType})` : cast
  })
  const open = shape.filter((size) => size < 0).length > (shape[0] === -1 ? 1 : 0)
  return {
    name,
    datatype,
    shape: open ? [-1, sources.length] : shape,
    expressions,
    columns: sources.map(({ column }) => column),
  }
}

function widthText({ shape }: TensorSpec): string {
  const width = shape.length < 2 ? 1 : rowWidth(shape)
  return width > 1 ? ` (${width} elements per row: a list, or columns with --features)` : ''
}

import { hash } from 'node:crypto'

/** A field that a column shows. */
export interface ColumnField {
  readonly text: string
  readonly entity: 'metric' | 'param' | 'tag'
  readonly key: string
}

/** One column: a value per run; undefined where the run has none. NaN is a value. */
export type Column =
  | { readonly field: string; readonly type: 'number'; readonly values: readonly (number | undefined)[] }
  | { readonly field: string; readonly type: 'text'; readonly values: readonly (string | undefined)[] }

/** Runs by id, in their order, and columns of them. */
export interface Columns {
  readonly ids: readonly string[]
  readonly columns: readonly Column[]
}

/** What columns hold, as a short text: equal for equal columns. */
export function versionOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex').slice(0, 24)
}

/**
 * The rows of `now` that are new or hold another value than before. Both have the same fields. The order of all runs comes
 * with it: it is short beside the columns, and says which runs are gone.
 */
export function changesSince(before: Columns, now: Columns): Columns {
  const placeBefore = new Map(before.ids.map((id, place) => [id, place]))
  const changed: number[] = []
  for (const [place, id] of now.ids.entries()) {
    const old = placeBefore.get(id)
    if (old === undefined || differs(before.columns, old, now.columns, place)) changed.push(place)
  }
  return {
    ids: changed.map((place) => now.ids[place] ?? ''),
    columns: now.columns.map((column) => rowsOf(column, changed)),
  }
}

function differs(before: readonly Column[], old: number, now: readonly Column[], place: number): boolean {
  return now.some((column, at) => !Object.is(column.values[place], before[at]?.values[old]))
}

function rowsOf(column: Column, places: readonly number[]): Column {
  return column.type === 'number'
    ? { ...column, values: places.map((place) => column.values[place]) }
    : { ...column, values: places.map((place) => column.values[place]) }
}

/** What stands before the columns, as JSON. */
export interface ColumnsHeader {
  readonly version: string
  /** Set when these are the rows that changed since that version, and no others. */
  readonly since?: string
  /** With `since`: the ids that are gone since then. */
  readonly removed?: readonly string[]
  readonly ids: readonly string[]
  readonly columns: readonly HeaderColumn[]
}

type HeaderColumn =
  | { readonly field: string; readonly type: 'number' }
  /** The different texts; the column holds their places here. */
  | { readonly field: string; readonly type: 'text'; readonly texts: readonly string[] }

const missing = 0xffff_ffff

/**
 * Columns as bytes, little-endian as every machine is that runs Node: the four letters MLRC, the length of the header as uint32, the header as JSON with
 * spaces after it up to a multiple of eight, then each column. A number column is float64 per run, then one byte per run: 1
 * where there is a value; a text column is uint32 per run, 0xFFFFFFFF where there is none. Each column is filled up to a
 * multiple of eight.
 */
export function encodeColumns(
  { ids, columns }: Columns,
  about: (bytes: Uint8Array) => Pick<ColumnsHeader, 'version' | 'since' | 'removed'>,
): Uint8Array {
  const encoded = columns.map(encodeColumn)
  const body = Buffer.concat(encoded.map(({ bytes }) => bytes))
  const described = { ids, columns: encoded.map(({ header }) => header) }
  // The version speaks of ids and texts, too.
  const identity = Buffer.concat([Buffer.from(JSON.stringify(described)), body])
  const text = JSON.stringify({ ...about(identity), ...described })
  const length = Buffer.byteLength(text)
  const head = Buffer.alloc(padded(8 + length), 0x20)
  head.write('MLRC', 0, 'latin1')
  head.writeUInt32LE(head.length - 8, 4)
  head.write(text, 8)
  return Buffer.concat([head, body])
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8
}

function encodeColumn(column: Column): { header: HeaderColumn; bytes: Buffer } {
  return column.type === 'number'
    ? encodeNumbers(column.field, column.values)
    : encodeTexts(column.field, column.values)
}

function encodeNumbers(
  field: string,
  values: readonly (number | undefined)[],
): { header: HeaderColumn; bytes: Buffer } {
  const bytes = new Uint8Array(padded(values.length * 9))
  const numbers = new Float64Array(bytes.buffer, 0, values.length)
  for (const [place, value] of values.entries()) {
    if (value === undefined) continue
    numbers[place] = value
    bytes[values.length * 8 + place] = 1
  }
  return { header: { field, type: 'number' }, bytes: Buffer.from(bytes.buffer) }
}

function encodeTexts(field: string, values: readonly (string | undefined)[]): { header: HeaderColumn; bytes: Buffer } {
  const places = new Map<string, number>()
  const bytes = new Uint8Array(padded(values.length * 4))
  const texts = new Uint32Array(bytes.buffer, 0, values.length)
  for (const [place, value] of values.entries()) {
    let text = value === undefined ? missing : places.get(value)
    if (text === undefined && value !== undefined) {
      text = places.size
      places.set(value, text)
    }
    texts[place] = text ?? missing
  }
  return { header: { field, type: 'text', texts: [...places.keys()] }, bytes: Buffer.from(bytes.buffer) }
}

/** Reads columns back: for tests, and for clients in JavaScript on the server's side. */
export function decodeColumns(bytes: Uint8Array): { header: ColumnsHeader; columns: Column[] } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.toString('latin1', 0, 4) !== 'MLRC') throw new TypeError('These bytes are no columns of runs.')
  const start = 8 + buffer.readUInt32LE(4)
  const header = JSON.parse(buffer.toString('utf8', 8, start)) as ColumnsHeader // the form's own header
  const rows = header.ids.length
  let at = start
  const columns = header.columns.map((column): Column => {
    const from = at
    at += padded(rows * (column.type === 'number' ? 9 : 4))
    if (column.type === 'number') {
      const read = (place: number) =>
        buffer.readUInt8(from + rows * 8 + place) === 1 ? buffer.readDoubleLE(from + place * 8) : undefined
      return { field: column.field, type: 'number', values: header.ids.map((_id, place) => read(place)) }
    }
    const read = (place: number) => column.texts[buffer.readUInt32LE(from + place * 4)]
    return { field: column.field, type: 'text', values: header.ids.map((_id, place) => read(place)) }
  })
  return { header, columns }
}

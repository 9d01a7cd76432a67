/** A column of a snapshot. Texts are kept once; `places` says which one each run has. */
export type SnapshotColumn = NumberColumn | TextColumn

export interface NumberColumn {
  readonly field: string
  readonly type: 'number'
  readonly values: Float64Array
  /** 1 where the run has a value; NaN is one. */
  readonly has: Uint8Array
}

export interface TextColumn {
  readonly field: string
  readonly type: 'text'
  readonly places: Uint32Array
  readonly texts: readonly string[]
}

/** All runs of an experiment, newest first, and some columns of them. */
export interface RunSnapshot {
  readonly version: string
  readonly ids: readonly string[]
  readonly columns: ReadonlyMap<string, SnapshotColumn>
}

interface Header {
  version: string
  ids: readonly string[]
  columns: readonly ({ field: string; type: 'number' } | { field: string; type: 'text'; texts: readonly string[] })[]
}

const eights = (length: number) => Math.ceil(length / 8) * 8

/** Reads the server's binary columns without copying their values. Throws a TypeError on other bytes. */
export function readSnapshot(bytes: ArrayBuffer): RunSnapshot {
  const view = new DataView(bytes)
  if (bytes.byteLength < 8 || view.getUint32(0, false) !== 0x4d4c5243)
    throw new TypeError('The server answered no columns of runs.')
  const start = 8 + view.getUint32(4, true)
  // Written by the same build's server, which has checked it.
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, start - 8))) as Header
  const rows = header.ids.length
  let at = start
  const columns = header.columns.map((column): SnapshotColumn => {
    const from = at
    at += eights(rows * (column.type === 'number' ? 9 : 4))
    const field = plainField(column.field)
    if (column.type === 'text')
      return { field, type: 'text', places: new Uint32Array(bytes, from, rows), texts: column.texts }
    const has = new Uint8Array(bytes, from + rows * 8, rows)
    return { field, type: 'number', values: new Float64Array(bytes, from, rows), has }
  })
  return { version: header.version, ids: header.ids, columns: new Map(columns.map((column) => [column.field, column])) }
}

/** `` metrics.`val/auc` `` is `metrics.val/auc` here. */
export function plainField(field: string): string {
  return field.replace(/^(metrics|params|tags)\.`(.*)`$/s, '$1.$2')
}

/** A field as the query language and the server read it, whatever is in its key. */
export function quotedField(field: string): string {
  return field.replace(/^(metrics|params|tags)\.(.*)$/s, '$1.`$2`')
}

/** The value of a run; undefined where it has none. */
export function valueAt(column: SnapshotColumn | undefined, row: number): number | string | undefined {
  if (column === undefined) return undefined
  if (column.type === 'text') return column.texts[column.places[row] ?? -1]
  return column.has[row] === 1 ? column.values[row] : undefined
}

/** A snapshot with more columns. Where runs came or went in between, the new columns follow the old order of runs. */
export function withColumns(now: RunSnapshot, more: RunSnapshot): RunSnapshot {
  if (now === more) return now
  const same = now.ids.length === more.ids.length && now.ids.every((id, at) => id === more.ids[at])
  const added = same ? more.columns.values() : [...more.columns.values()].map((column) => placed(column, now, more))
  const columns = new Map(now.columns)
  for (const column of added) if (!columns.has(column.field)) columns.set(column.field, column)
  return { ...now, columns }
}

function placed(column: SnapshotColumn, now: RunSnapshot, more: RunSnapshot): SnapshotColumn {
  const placeOf = new Map(more.ids.map((id, at) => [id, at]))
  const rows = now.ids.map((id) => placeOf.get(id) ?? -1)
  if (column.type === 'text')
    return { ...column, places: Uint32Array.from(rows, (row) => column.places[row] ?? 0xffff_ffff) }
  const values = Float64Array.from(rows, (row) => column.values[row] ?? 0)
  return { ...column, values, has: Uint8Array.from(rows, (row) => column.has[row] ?? 0) }
}

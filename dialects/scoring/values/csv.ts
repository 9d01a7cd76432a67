import type { Frame } from './frame.ts'

/**
 * A CSV table (RFC 4180: quotes, doubled quotes, line ends of both kinds). An empty cell is null. Undefined when a row has
 * another number of cells than the first, or a quote is not closed.
 */
export function parseCsv(text: string): readonly (readonly (string | null)[])[] | undefined {
  const rows: (string | null)[][] = []
  let row: (string | null)[] = []
  let end = 0
  for (const found of text.matchAll(cell)) {
    if (found.index !== end || found.index >= text.length) break
    end += found[0].length
    row.push(valueOf(found[1], found[2]))
    if (found[3] === ',') continue
    rows.push(row)
    row = []
  }
  if (text.endsWith(',') && row.length > 0) rows.push([...row, null])
  const filled = rows.filter((one) => one.length > 1 || one[0] !== null)
  return end === text.length && isTable(filled) ? filled : undefined
}

function isTable(rows: readonly (readonly unknown[])[]): boolean {
  return rows.every((row) => row.length === rows[0]?.length)
}

function valueOf(quoted: string | undefined, plain: string | undefined): string | null {
  if (quoted !== undefined) return quoted.replaceAll('""', '"')
  return plain === undefined || plain === '' ? null : plain
}

const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/g

/** With the first row as names. */
export function frameWithHeader(rows: readonly (readonly (string | null)[])[]): Frame {
  const [header = [], ...rest] = rows
  return { columns: header.map((name) => name ?? ''), rows: rest }
}

/** True when every cell is a number: the first row is a row then, and no header. */
export function isNumeric(row: readonly (string | null)[] | undefined): boolean {
  return (
    row !== undefined &&
    row.length > 0 &&
    row.every((value) => value !== null && value.trim() !== '' && Number.isFinite(Number(value)))
  )
}

/** Writes rows of values without a header. */
export function writeCsv(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => `${row.map(written).join(',')}\n`).join('')
}

function written(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null ? '' : (JSON.stringify(value) ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

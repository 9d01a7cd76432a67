/** A column of a table for people. */
export interface Column<T> {
  readonly title: string
  readonly value: (row: T) => string | number | null | undefined
  readonly align?: 'left' | 'right'
  /** Breaks longer texts between words into lines of at most so many characters. */
  readonly wrapAt?: number
}

/** Draws rows as aligned columns, two spaces apart; says so when there are none. */
export function formatTable<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  if (rows.length === 0) return 'Nothing here yet.'
  const cells = rows.flatMap((row) =>
    linesOf(columns.map((column) => wrap(printable(column.value(row)), column.wrapAt))),
  )
  const widths = columns.map((column, index) =>
    Math.max(width(column.title), ...cells.map((line) => width(line[index] ?? ''))),
  )
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => {
        const room = ' '.repeat(Math.max(0, (widths[index] ?? 0) - width(text)))
        return columns[index]?.align === 'right' ? room + text : text + room
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map((column) => column.title)), ...cells.map(line)].join('\n')
}

/** Cells of several lines become several lines of cells. */
function linesOf(cells: readonly (readonly string[])[]): string[][] {
  const height = Math.max(...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, index) => cells.map((lines) => lines[index] ?? ''))
}

function wrap(text: string, wrapAt = Number.POSITIVE_INFINITY): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const current = lines.at(-1) ?? ''
    const longer = current === '' ? word : `${current} ${word}`
    if (width(longer) <= wrapAt || current === '') lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** Terminal escapes and line breaks in a name must not move the cursor. */
function printable(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  return String(value).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}

const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function width(text: string): number {
  return [...segments.segment(text)].length
}

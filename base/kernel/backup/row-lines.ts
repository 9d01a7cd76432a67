import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { backupProblem } from './backup-problems.ts'
import type { WrittenValue } from './row-codec.ts'
import { writeValue } from './row-codec.ts'
import type { RowSnapshot } from './row-snapshot.ts'

/** Names go into statements as they are. */
const Name = z.string().regex(/^[a-z]\w{0,62}$/, 'is not the name of a table or column')
const Heading = z.object({ table: Name, columns: z.array(Name) })
const End = z.object({ end: z.object({ tables: z.int(), rows: z.int() }), sequences: z.record(z.string(), z.number()) })

/** Where `linesOf` counts, so that whoever writes the lines knows what they held. */
export interface RowCount {
  tables: number
  rows: number
}

/** A snapshot as lines of JSON: a heading per table, an array per row, and an end without which nothing is whole. */
export async function* linesOf(snapshot: RowSnapshot, count: RowCount): AsyncGenerator<string> {
  let [lines, length]: [string[], number] = [[], 0]
  const take = () => {
    const text = lines.join('')
    ;[lines, length] = [[], 0]
    return text
  }
  for (const { name, columns } of snapshot.tables) {
    lines.push(`${JSON.stringify({ table: name, columns })}\n`)
    count.tables += 1
    for await (const row of snapshot.rows(name)) {
      const line = `${JSON.stringify(row.map(writeValue))}\n`
      count.rows += 1
      lines.push(line)
      length += line.length
      if (length > 256 * 1024) yield take()
    }
  }
  yield `${take()}${JSON.stringify({ end: { ...count }, sequences: snapshot.sequences })}\n`
}

export interface RowBatch {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly WrittenValue[])[]
}

/** How many values one batch holds at most, far below the parameters that either store takes. */
const valuesAtOnce = 10_000

/**
 * Reads the lines in batches of one table. Resolves with what the end said. Throws `backup/not-a-backup` where there is no
 * end or the counts differ.
 */
export async function readBatches(
  lines: Readable,
  place: string,
  take: (batch: RowBatch) => Promise<void>,
): Promise<z.output<typeof End>> {
  let heading: z.output<typeof Heading> | undefined
  let rows: WrittenValue[][] = []
  let end: z.output<typeof End> | undefined
  const count = { tables: 0, rows: 0 }
  const flush = async () => {
    if (heading !== undefined && rows.length > 0) await take({ ...heading, rows })
    rows = []
  }
  for await (const line of createInterface({ input: lines, crlfDelay: Infinity })) {
    const value: unknown = JSON.parse(line)
    if (Array.isArray(value)) {
      rows.push(value as WrittenValue[]) // what `linesOf` wrote
      count.rows += 1
      if (rows.length * (heading?.columns.length ?? 1) >= valuesAtOnce) await flush()
      continue
    }
    await flush()
    const found = End.safeParse(value)
    if (found.success) end = found.data
    else {
      heading = Heading.parse(value)
      count.tables += 1
      await take({ ...heading, rows: [] })
    }
  }
  if (end === undefined || !isWhole(end, count)) {
    throw backupProblem['not-a-backup']({ place, reason: 'its rows are not complete' })
  }
  return end
}

function isWhole({ end }: z.output<typeof End>, count: RowCount): boolean {
  return end.rows === count.rows && end.tables === count.tables
}

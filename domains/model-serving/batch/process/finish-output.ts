import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { BatchManifest, DataFormat, FinishedPart } from '../model/batch-plan.ts'
import type { BatchPlace } from './batch-work.ts'
import { partPath } from './batch-work.ts'
import { sqlText } from './open-duck.ts'
import { digestOf, settleFile, writeWhole } from './write-whole.ts'

/** Brings finished parts to their place and lays the manifest down. May be killed anywhere and run again. */
export async function finishOutput(
  db: DuckDBConnection,
  place: BatchPlace,
  parts: readonly FinishedPart[],
  manifest: Omit<BatchManifest, 'files' | 'finishedAtMs'>,
): Promise<BatchManifest> {
  const files = place.single
    ? [await joinParts(db, place, { parts, format: manifest.format, rows: manifest.rows })]
    : moveParts(place, parts)
  const whole = { ...manifest, files, finishedAtMs: Date.now() }
  writeWhole(place.manifest, `${JSON.stringify(whole, null, 2)}\n`)
  rmSync(place.work, { recursive: true, force: true })
  return whole
}

function moveParts(place: BatchPlace, parts: readonly FinishedPart[]): Omit<FinishedPart, 'number'>[] {
  return parts.map(({ file, rows, sizeBytes, digest }) => {
    const from = join(place.work, 'parts', file)
    if (existsSync(from)) renameSync(from, join(place.output, file))
    return { file, rows, sizeBytes, digest }
  })
}

async function joinParts(
  db: DuckDBConnection,
  place: BatchPlace,
  {
    parts,
    format,
    rows,
  }: { readonly parts: readonly FinishedPart[]; readonly format: DataFormat; readonly rows: number },
): Promise<Omit<FinishedPart, 'number'>> {
  const paths = parts.map(({ file }) => partPath(place, file))
  const temporary = join(place.work, `whole.${format}.tmp`)
  if (format === 'parquet') {
    const list = paths.map(sqlText).join(', ')
    await db.run(`copy (select * from read_parquet([${list}], hive_partitioning = false)) to ${sqlText(temporary)}
      (format parquet, compression snappy)`)
  } else await appendFiles(paths, temporary, format === 'csv')
  settleFile(temporary, place.output)
  return { file: place.output, rows, sizeBytes: statSync(place.output).size, digest: await digestOf(place.output) }
}

async function appendFiles(paths: readonly string[], to: string, hasHeader: boolean): Promise<void> {
  rmSync(to, { force: true })
  for (const [at, path] of paths.entries()) {
    const source = createReadStream(path, { highWaterMark: 1 << 20 })
    const target = createWriteStream(to, { flags: 'a' })
    if (hasHeader && at > 0) await pipeline(source, withoutFirstLine, target)
    else await pipeline(source, target)
  }
}

/** The header is ours, so no line break hides in it but the one that ends it, unless a column's name has one. */
async function* withoutFirstLine(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let quotes = 0
  let passed = false
  for await (const bytes of source) {
    if (passed) {
      yield bytes
      continue
    }
    for (let at = 0; at < bytes.length; at += 1) {
      if (bytes[at] === 0x22) quotes += 1
      if (bytes[at] !== 0x0a || quotes % 2 === 1) continue
      passed = true
      yield bytes.subarray(at + 1)
      break
    }
  }
}

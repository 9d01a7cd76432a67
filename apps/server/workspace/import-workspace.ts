import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { createZstdDecompress } from 'node:zlib'
import { createWorkspace } from '@millrace/access'
import { Problem } from '@millrace/contract'
import type { Config, ObjectStore, Runtime } from '@millrace/kernel'
import { createKernel, createLog, migrationSets, systemActor } from '@millrace/kernel'
import type { BackupSource, RowBatch } from '@millrace/kernel/backup'
import { backupProblem, insertRows, keepRows, readArchive, readBatches } from '@millrace/kernel/backup'
import type { MigrationSet } from '@millrace/kernel/db'
import { migrate, migrationTable } from '@millrace/kernel/db'
import { composeDomains, composePorts } from '../compose.ts'
import { openObjects } from '../open-objects.ts'
import { openStore } from '../open-store.ts'
import type { NewNames } from './new-names.ts'
import { createNames, renameBatch, renameKey } from './new-names.ts'
import { auditTables, countedColumns, exportedDomains, isExported } from './workspace-rows.ts'

/** What an import brought; what had come before is not counted. */
export interface ImportReport {
  readonly from: string
  readonly into: string
  readonly rows: number
  readonly files: number
  readonly bytes: number
  /** Experiments that have another number here, and ids that another workspace had. */
  readonly renamed: { readonly experiments: Readonly<Record<string, number>>; readonly ids: number }
  /** The audit of the other server, as it was there. */
  readonly evidence: string
}

interface Import {
  readonly runtime: Runtime
  readonly objects: ObjectStore
  readonly source: BackupSource
  readonly rowsPath: string
  readonly into: string
}

/**
 * Brings an exported workspace to the server that these settings name, which does not run meanwhile (PostgreSQL: it may).
 * Ids stay where they are free. What is there from an import before stays as it is, so that it may be repeated. Throws
 * `backup/not-an-export`, `backup/other-version`, `backup/name-taken`, `data-dir/in-use`.
 */
export async function importWorkspace(config: Config, from: string, into: string): Promise<ImportReport> {
  const temporaryFolder = await mkdtemp(join(tmpdir(), 'millrace-import-'))
  const { database, lock } = await openStore(config)
  const { objects, openLocation } = await openObjects(config)
  const log = createLog('silent')
  const ports = { config, database, log, ports: composePorts, domains: composeDomains, objects, openLocation }
  const kernel = await createKernel(ports)
  const { runtime } = kernel
  try {
    const source = await readArchive(resolve(from))
    const sets = migrationSets(kernel.domains)
    await migrate(database, sets, runtime.nowMs())
    requireSameForm(source, sets)
    return await bring({ runtime, objects, source, rowsPath: join(temporaryFolder, 'rows.ndjson.zst'), into })
  } finally {
    await kernel.app.close()
    await runtime.analytics.close()
    await runtime.readers.close()
    await database.close()
    lock.release()
    await rm(temporaryFolder, { recursive: true, force: true })
  }
}

function requireSameForm({ place, manifest: { head } }: BackupSource, sets: readonly MigrationSet[]): void {
  if (head.workspace === undefined) throw backupProblem['not-an-export']({ place })
  for (const { domain, migrations } of sets) {
    const table = migrationTable(domain)
    if (!exportedDomains.some((name) => table === `${name}_migration`)) continue
    const had = new Set(head.migrations[table] ?? [])
    const has = Object.keys(migrations)
    if (had.size !== has.length || has.some((name) => !had.has(name))) throw backupProblem['other-version']({ domain })
  }
}

async function bring(work: Import): Promise<ImportReport> {
  const { runtime, source, into, rowsPath } = work
  const from = source.manifest.head.workspace ?? ''
  await source.each(async (entry, body) => {
    if (entry.space === 'rows') await keepRows(entry, body, rowsPath)
  })
  const { learn, names } = createNames(runtime.database.reader, from, into)
  await eachBatch(work, learn)
  await makeWorkspace(runtime, into)
  const { files, bytes } = await putObjects(work, names)
  const evidence = await keepEvidence(work, names)
  const rows = await runtime.database.exclusively(async (tx) => {
    let inserted = 0
    await eachBatch(work, async (batch) => {
      if (isOwn(batch))
        inserted += await insertRows(tx, runtime.database.dialect, renameBatch(uncounted(batch), names), true)
    })
    return inserted
  })
  const other = [...names.experiments].filter(([before, after]) => before !== after)
  const renamed = { experiments: Object.fromEntries(other), ids: names.ids.size }
  return { from, into, rows, files, bytes, renamed, evidence }
}

const isAudit = ({ table }: RowBatch) => auditTables.some((name) => name === table)
const isOwn = (batch: RowBatch) =>
  !isAudit(batch) &&
  !batch.table.endsWith('_migration') &&
  isExported(batch.table) &&
  batch.columns.includes('workspace')

/** Gives the batches that hold rows. */
async function eachBatch({ rowsPath, source }: Import, take: (batch: RowBatch) => Promise<void>): Promise<void> {
  const lines = createZstdDecompress()
  const read = pipeline(createReadStream(rowsPath), lines)
  await readBatches(lines, source.place, async (batch) => {
    if (batch.rows.length > 0) await take(batch)
  })
  await read
}

/** Rows without the column that a store counts by itself. */
function uncounted(batch: RowBatch): RowBatch {
  const at = batch.columns.indexOf(countedColumns[batch.table] ?? '')
  if (at < 0) return batch
  return { ...batch, columns: batch.columns.toSpliced(at, 1), rows: batch.rows.map((row) => row.toSpliced(at, 1)) }
}

async function makeWorkspace({ runner }: Runtime, name: string): Promise<void> {
  if (name === 'default') return
  try {
    await runner.act(createWorkspace, { name }, { actor: systemActor('import'), workspace: 'default' })
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'access/name-taken') throw error
  }
}

/** Bytes come before the rows that name them. What is there already stays. */
async function putObjects({ source, objects }: Import, names: NewNames): Promise<{ files: number; bytes: number }> {
  const put = { files: 0, bytes: 0 }
  await source.each(async (entry, body) => {
    const key = renameKey(entry.key, names)
    if (entry.space !== 'objects' || (await objects.stat(key)) !== undefined) return
    const { digest, sizeBytes } = await objects.put(key, body)
    if (digest !== entry.digest) throw backupProblem.damaged({ what: entry.key })
    put.files += 1
    put.bytes += sizeBytes
  })
  return put
}

/** Writes the other server's audit beside this one's, as lines of JSON with every digest as it was. */
async function keepEvidence(work: Import, { from, into }: NewNames): Promise<string> {
  const folder = join(work.runtime.dataDir, 'audit', 'imported')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${into}-from-${from}-${work.source.manifest.head.id}.jsonl`)
  const lines: string[] = []
  await eachBatch(work, async (batch) => {
    if (!isAudit(batch)) return
    const members = (row: RowBatch['rows'][number]) =>
      batch.columns.map((column, index) => [column, row[index] ?? null])
    lines.push(
      ...batch.rows.map((row) => `${JSON.stringify({ table: batch.table, ...Object.fromEntries(members(row)) })}\n`),
    )
  })
  await pipeline(Readable.from(lines), createWriteStream(`${path}.partial`, { mode: 0o600, flush: true }))
  await rename(`${path}.partial`, path)
  return path
}

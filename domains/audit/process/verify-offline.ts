import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { z } from 'zod'
import type { Verification } from '../contract.ts'
import { auditProblem } from '../contract.ts'
import { ExportHeader, ExportLine } from '../model/export-lines.ts'
import type { ChainRow } from '../model/verify-chain.ts'
import { verifyChain } from '../model/verify-chain.ts'
import type { JoinedRow } from '../store/chain-rows.ts'
import { chainRow } from '../store/chain-rows.ts'
import { sha256 } from '../store/sha256.ts'
import { readHead, workspacesWithHead } from './head-file.ts'
import { known, withDamagedHead } from './verify-workspace.ts'

/** The verification of one workspace's chain. */
export interface WorkspaceVerification extends Verification {
  readonly workspace: string
}

/**
 * Verifies every chain of a data directory without a server, and changes nothing in it; a server may run on it
 * meanwhile. Throws `audit/no-store` (also where the store is PostgreSQL), `audit/unreadable`.
 */
export async function verifyDataDir(dataDir: string): Promise<{ ok: boolean; workspaces: WorkspaceVerification[] }> {
  const path = join(dataDir, 'millrace.db')
  const store = openReadOnly(path)
  try {
    const names = new Set([...(await workspacesWithHead(dataDir)), ...storedWorkspaces(store)])
    const workspaces: WorkspaceVerification[] = []
    for (const workspace of [...names].toSorted()) workspaces.push(await verifyStored(store, dataDir, workspace))
    return { ok: workspaces.every((verdict) => verdict.ok), workspaces }
  } catch (error) {
    throw unreadable(path, error)
  } finally {
    store.close()
  }
}

async function verifyStored(store: DatabaseSync, dataDir: string, workspace: string): Promise<WorkspaceVerification> {
  const head = await readHead(dataDir, workspace)
  const verdict = await verifyChain(storedRows(store, workspace), { sha256, head: known(head) })
  return { workspace, ...(head === 'damaged' ? withDamagedHead(verdict) : verdict) }
}

/**
 * Verifies an export by itself: it is whole when its records follow from one another up to the head in its first line.
 * Compare that head with one you kept to be sure of the export as a whole. Throws `audit/not-an-export`, `audit/unreadable`.
 */
export async function verifyExport(path: string): Promise<WorkspaceVerification> {
  const reading = { line: 0 }
  const lines = readLines(path, reading)
  const first = await lines.next()
  const header = parseLine(ExportHeader, path, 1, first.done === true ? '' : first.value)
  const rows = async function* (): AsyncGenerator<ChainRow> {
    for await (const text of lines) yield parseLine(ExportLine, path, reading.line, text)
  }
  const verdict = await verifyChain(rows(), { sha256, head: header.head ?? undefined })
  return { workspace: header.workspace, ...verdict }
}

function openReadOnly(path: string): DatabaseSync {
  if (!existsSync(path)) throw auditProblem['no-store']({ path })
  // A store that was closed in good order has no log beside it; read so, its folder may be read-only too.
  const whole = !existsSync(`${path}-wal`)
  const location = whole ? new URL(`${pathToFileURL(path).href}?immutable=1`) : path
  try {
    return new DatabaseSync(location, { readOnly: true, timeout: 5000 })
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): Error {
  return auditProblem.unreadable({ path, reason: error instanceof Error ? error.message : String(error) }, error)
}

function storedWorkspaces(store: DatabaseSync): string[] {
  const rows = store.prepare('select distinct workspace from audit_record').all()
  return rows.map((row) => String(row['workspace']))
}

const storedSql = `
  select r.*, p.salt, p.before, p.after
  from audit_record r left join audit_payload p on p.record_id = r.id
  where r.workspace = ?`

function* storedRows(store: DatabaseSync, workspace: string): Generator<ChainRow> {
  const sealed = store.prepare(`${storedSql} and r.sequence is not null order by r.sequence`)
  const unsealed = store.prepare(`${storedSql} and r.sequence is null order by r.position`)
  // One read transaction, so that a running server's sealer changes nothing in between.
  store.exec('begin')
  // The columns are those of the tables' own types; the driver cannot know them.
  for (const row of sealed.iterate(workspace)) yield chainRow(row as unknown as JoinedRow)
  for (const row of unsealed.iterate(workspace)) yield chainRow(row as unknown as JoinedRow)
  store.exec('commit')
}

async function* readLines(path: string, reading: { line: number }): AsyncGenerator<string> {
  const file = createReadStream(path, 'utf8')
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Infinity })) {
      reading.line += 1
      if (line !== '') yield line
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

function parseLine<S extends z.ZodType>(schema: S, path: string, line: number, text: string): z.output<S> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw auditProblem['not-an-export']({ path, line, reason: 'is not JSON' }, error)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  throw auditProblem['not-an-export']({
    path,
    line,
    reason: `has no usable ${where === '' ? 'content' : `"${where}"`}`,
  })
}

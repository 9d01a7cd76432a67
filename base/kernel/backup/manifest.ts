import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { backupProblem } from './backup-problems.ts'

/** What a backup says of itself. */
export const BackupHead = z.object({
  format: z.literal('millrace-backup'),
  version: z.literal(1),
  id: z.string(),
  /** The moment that its rows are of. */
  atMs: z.number(),
  dialect: z.enum(['sqlite', 'postgres']),
  /** Names of migrations, by the table that remembers them. */
  migrations: z.record(z.string(), z.array(z.string())),
  tables: z.int(),
  rows: z.int(),
  /** The one workspace that it holds; absent where it holds the whole server. */
  workspace: z.string().optional(),
})
export type BackupHead = z.infer<typeof BackupHead>

/** What lies in a backup: the rows, objects of the store, files of the data directory. */
export const spaces = ['rows', 'objects', 'files'] as const
export type Space = (typeof spaces)[number]

/** One file of a backup. `name` is where the backup keeps it. */
export interface BackupEntry {
  readonly space: Space
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  readonly digest: string
  readonly name: string
}

export interface Manifest {
  readonly head: BackupHead
  readonly entries: readonly BackupEntry[]
}

const Line = z.tuple([z.enum(spaces), z.string(), z.number(), z.number(), z.string(), z.string()])
const End = z.object({ entries: z.int() })

/** A manifest as lines of JSON; without the last of them it is not whole. */
export function manifestLines({ head, entries }: Manifest): string[] {
  return [
    JSON.stringify(head),
    ...entries.map((entry) =>
      JSON.stringify([entry.space, entry.key, entry.sizeBytes, entry.modifiedAtMs, entry.digest, entry.name]),
    ),
    JSON.stringify({ entries: entries.length }),
  ].map((line) => `${line}\n`)
}

/** Reads a manifest. Throws `backup/not-a-backup`. */
export async function readManifest(lines: Readable, place: string): Promise<Manifest> {
  const entries: BackupEntry[] = []
  let head: BackupHead | undefined
  let end: z.output<typeof End> | undefined
  try {
    for await (const line of createInterface({ input: lines, crlfDelay: Infinity })) {
      const value: unknown = JSON.parse(line)
      if (head === undefined) head = BackupHead.parse(value)
      else if (Array.isArray(value)) entries.push(entryOf(Line.parse(value)))
      else end = End.parse(value)
    }
  } catch (error) {
    throw backupProblem['not-a-backup']({ place, reason: 'its list of files cannot be read' }, error)
  }
  if (head === undefined || end?.entries !== entries.length) {
    throw backupProblem['not-a-backup']({ place, reason: 'its list of files is not complete' })
  }
  return { head, entries }
}

function entryOf([space, key, sizeBytes, modifiedAtMs, digest, name]: z.output<typeof Line>): BackupEntry {
  return { space, key, sizeBytes, modifiedAtMs, digest, name }
}

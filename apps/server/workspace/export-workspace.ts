import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { placeOfRoot } from '@millrace/experiment-tracking'
import type { Config, ObjectInfo, ObjectStore } from '@millrace/kernel'
import { readLocalDisk } from '@millrace/kernel'
import type { BackupReport, RowSnapshot } from '@millrace/kernel/backup'
import { backupProblem, takeBackup, writeArchive } from '@millrace/kernel/backup'
import { openRows } from '../backup-server.ts'
import { openObjectsBeside } from '../open-objects.ts'
import { onlyWorkspace } from './workspace-rows.ts'

/**
 * Writes one workspace to a file, also while a server uses it: experiments, runs, metrics, artifacts, models, data sets,
 * traces, lineage, and its audit as evidence. Throws `backup/no-workspace`, `backup/exists`.
 */
export async function exportWorkspace(
  config: Config,
  wish: { readonly workspace: string; readonly to: string; readonly progress: (done: { bytes: number }) => void },
): Promise<BackupReport> {
  const temporaryFolder = await mkdtemp(join(tmpdir(), 'millrace-export-'))
  try {
    const { store } = await openObjectsBeside(config, join(temporaryFolder, 'cache'))
    const owned = await withRows(config, (rows) => ownedBy(rows, wish.workspace))
    return await takeBackup(
      {
        openRows: async () => onlyWorkspace(await openRows(config), wish.workspace),
        objects: { store: withFiles(store), folders: owned },
        files: { store: readLocalDisk(config.dataDir), isKept: () => false },
        temporaryFolder,
        workspace: wish.workspace,
        nowMs: Date.now,
        progress: wish.progress,
      },
      await writeArchive(resolve(wish.to), Date.now),
    )
  } finally {
    await rm(temporaryFolder, { recursive: true, force: true })
  }
}

async function withRows<T>(config: Config, work: (rows: RowSnapshot) => Promise<T>): Promise<T> {
  const rows = await openRows(config)
  try {
    return await work(rows)
  } finally {
    await rows.close()
  }
}

/** Folders and single objects that a workspace's rows name. Throws `backup/no-workspace`. */
async function ownedBy(all: RowSnapshot, workspace: string): Promise<string[]> {
  const rows = onlyWorkspace(all, workspace)
  const read = async (table: string, column: string): Promise<string[]> => {
    const columns = rows.tables.find(({ name }) => name === table)?.columns ?? []
    const found: string[] = []
    for await (const row of rows.rows(table)) found.push(String(row[columns.indexOf(column)] ?? ''))
    return found
  }
  const roots = await read('experiment_tracking_experiment', 'artifact_root')
  const files = await read('datasets_version', 'files')
  if (roots.length === 0 && files.length === 0) throw backupProblem['no-workspace']({ workspace })
  const places = roots.map(placeOfRoot).flatMap((place) => (place.kind === 'own' ? [place.prefix] : []))
  const contents = files.flatMap((text) => [...text.matchAll(/sha256:([0-9a-f]{64})/g)].map(([, hex = '']) => hex))
  return [
    ...new Set([
      ...places,
      `datasets/packs/${workspace}`,
      `datasets/manifests/${workspace}`,
      ...contents.map((hex) => `datasets/${hex.slice(0, 2)}/${hex}`),
    ]),
  ]
}

/** A store whose lists also give what lies at exactly the key that was asked for. */
function withFiles(store: ObjectStore): ObjectStore {
  return {
    ...store,
    list: async function* (key: string, options): AsyncGenerator<ObjectInfo> {
      const file = /^datasets\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(key) ? await store.stat(key) : undefined
      if (file === undefined) yield* store.list(key, options)
      else yield file
    },
  }
}

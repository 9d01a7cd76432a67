import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Config, ObjectStore } from '@millrace/kernel'
import { createKernel, createLog, lockDataDir, migrationSets, openLocalDisk, readLocalDisk } from '@millrace/kernel'
import type { BackupReport, BackupSource, BackupTarget, RestoreReport, RowSnapshot } from '@millrace/kernel/backup'
import {
  backupProblem,
  readArchive,
  readRepository,
  restoreBackup,
  snapshotPostgres,
  snapshotSqlite,
  takeBackup,
  writeArchive,
  writeRepository,
} from '@millrace/kernel/backup'
import type { Database } from '@millrace/kernel/db'
import { openSqlite } from '@millrace/kernel/db'
import { composeDomains, composePorts } from './compose.ts'
import { openObjects, openObjectsBeside, openPlace } from './open-objects.ts'

type Progress = (done: { files: number; bytes: number }) => void

const databaseName = 'millrace.db'
/** The key of secrets at rest, where it is not set elsewhere. */
const keyName = 'secrets.key'

/** What of a data directory is in the rows or the objects, or can be made again, or belongs to a running server alone. */
const leftOut =
  /^(millrace\.db(-.*|\..*)?|server\.(lock|json)(-journal)?|(artifacts|backups|object-cache|compile-cache)\/.*|datasets\/(copies|temporary)\/.*|experiment-tracking\/exports\/.*|\..*)$/

/**
 * Backs up the store that these settings name, also while a server uses it. `to` is a file `….tar.zst`, or a folder or
 * bucket that takes many backups and stores what they share once. Throws `backup/nothing-there`, `backup/exists`.
 */
export async function backupServer(
  config: Config,
  to: string,
  wish: { readonly progress: Progress; readonly withoutKey?: boolean },
): Promise<BackupReport> {
  const temporaryFolder = await mkdtemp(join(tmpdir(), 'millrace-backup-'))
  try {
    if (config.databaseUrl === undefined) await requireFile(join(config.dataDir, databaseName))
    const target = await openTarget(to, temporaryFolder)
    return await takeBackup(
      {
        openRows: () => openRows(config),
        objects: await openObjectsBeside(config, join(temporaryFolder, 'cache')),
        files: {
          store: readLocalDisk(config.dataDir),
          isKept: (key) => !leftOut.test(key) && !(wish.withoutKey === true && key === keyName),
        },
        temporaryFolder,
        nowMs: Date.now,
        progress: wish.progress,
      },
      target,
    )
  } finally {
    await rm(temporaryFolder, { recursive: true, force: true })
  }
}

const isArchive = (place: string) => /\.(tar\.zst|tzst)$/.test(place)

async function openTarget(to: string, temporaryFolder: string): Promise<BackupTarget> {
  if (isArchive(to)) return writeArchive(resolve(to), Date.now)
  return writeRepository(await openPlace(to, join(temporaryFolder, 'cache')))
}

/** The rows of the store that these settings name, as of now. Throws `backup/nothing-there`. */
export async function openRows(config: Config): Promise<RowSnapshot> {
  if (config.databaseUrl === undefined) {
    await requireFile(join(config.dataDir, databaseName))
    return snapshotSqlite(join(config.dataDir, databaseName))
  }
  const { poolOf } = await import('@millrace/adapter-postgres')
  return snapshotPostgres(poolOf(config.databaseUrl, 1))
}

async function requireFile(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isFile() !== true)
    throw backupProblem['nothing-there']({ place: path })
}

/**
 * Restores a backup into the empty data directory, database and artifact store that these settings name. The kind of
 * database may be another than the one that was backed up. Throws `backup/not-a-backup`, `backup/not-empty`,
 * `backup/damaged`, `migrations/newer`, `data-dir/in-use`.
 */
export async function restoreServer(
  config: Config,
  from: string,
  wish: { readonly id?: string; readonly progress: Progress },
): Promise<RestoreReport> {
  const temporaryFolder = await mkdtemp(join(tmpdir(), 'millrace-restore-'))
  const lock = lockDataDir(config.dataDir)
  try {
    await refuseUsed(config)
    const source = await openSource(from, temporaryFolder, wish.id)
    const { objects } = await openObjects(config)
    const files = await openLocalDisk(config.dataDir)
    const openDatabase = () => openEmpty(config, objects)
    const report = await restoreBackup(
      { objects, files, openDatabase, temporaryFolder, progress: wish.progress },
      source,
    )
    if (config.databaseUrl === undefined) {
      await rename(join(config.dataDir, restoringName), join(config.dataDir, databaseName))
    }
    await chmod(join(config.dataDir, keyName), 0o600).catch(() => undefined)
    await rm(join(config.dataDir, '.incoming'), { recursive: true, force: true })
    return report
  } finally {
    lock.release()
    await rm(temporaryFolder, { recursive: true, force: true })
  }
}

/** The database has its name only when all of it is there, so that no server starts on half of it. */
const restoringName = `${databaseName}.restoring`

async function openSource(from: string, temporaryFolder: string, id: string | undefined): Promise<BackupSource> {
  if (isArchive(from)) {
    await requireFile(resolve(from))
    return readArchive(resolve(from))
  }
  return readRepository(await openPlace(from, join(temporaryFolder, 'cache')), from, id)
}

async function refuseUsed(config: Config): Promise<void> {
  const names = await readdir(config.dataDir)
  if (names.includes(databaseName)) throw backupProblem['not-empty']({ place: join(config.dataDir, databaseName) })
  for (const name of names) {
    if (name.startsWith(restoringName)) await rm(join(config.dataDir, name), { force: true })
  }
}

async function openEmpty(config: Config, objects: ObjectStore) {
  const database = await openDatabase(config)
  try {
    const log = createLog('silent')
    const kernel = await createKernel({ config, database, log, ports: composePorts, domains: composeDomains, objects })
    const { readers, analytics } = kernel.runtime
    const close = async () => {
      await kernel.app.close()
      await analytics.close()
      await readers.close()
      await database.close()
    }
    return { database, sets: migrationSets(kernel.domains), close }
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openDatabase({ databaseUrl, dataDir }: Config): Promise<Database> {
  await mkdir(dataDir, { recursive: true })
  if (databaseUrl === undefined) return openSqlite({ path: join(dataDir, restoringName) })
  const { connectPostgres } = await import('@millrace/adapter-postgres')
  const database = connectPostgres(databaseUrl)
  if (await hasRows(database)) {
    await database.close()
    throw backupProblem['not-empty']({ place: 'the database' })
  }
  return database
}

/** A restore that broke off leaves empty tables; a server makes an experiment at its first start. */
async function hasRows({ reader }: Database): Promise<boolean> {
  const found = await reader.introspection.getTables()
  if (!found.some(({ name }) => name === 'experiment_tracking_experiment')) return false
  const { tables } = await import('@millrace/kernel/db')
  const rows = await tables<{ experiment_tracking_experiment: { number: number } }>(reader)
    .selectFrom('experiment_tracking_experiment')
    .select('number')
    .limit(1)
    .execute()
  return rows.length > 0
}

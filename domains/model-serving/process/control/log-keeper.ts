import { existsSync } from 'node:fs'
import { readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Database } from '@millrace/kernel/db'
import type { Logger } from '@millrace/kernel'
import { logManifest } from '../../store/log-manifest.ts'
import { spoolRoot } from '../log/log-folders.ts'
import { closedEnding, openEnding } from '../log/spool-writer.ts'
import type { CompactorClient } from './compactor-client.ts'

export interface LogKeeperOptions {
  readonly dataDir: string
  readonly database: Database
  readonly compactor: CompactorClient
  readonly nowMs: () => number
  readonly newName: () => string
  readonly log: Logger
  /** Spool folders that living data-plane processes write to. */
  readonly foldersInUse: () => readonly string[]
  /** Closes the files that are being written. */
  readonly rotate: () => Promise<void>
  /** Called with whole spool files before they become Parquet, so that open rollouts have read them. */
  readonly beforeSegments: (paths: readonly string[]) => Promise<void>
  /** Called before ground truth becomes Parquet. */
  readonly beforeLabels: () => Promise<void>
}

/** Keeps the prediction log: spool files and waiting ground truth become Parquet, each row exactly once. */
export interface LogKeeper {
  /** Takes over what processes of before left. Called at start and when a data-plane process has died. */
  adopt(): Promise<void>
  /** Removes Parquet files that no commit knows: a crash came between writing them and the commit. Called at start. */
  sweep(): Promise<void>
  /** Compacts what is whole. */
  compact(): Promise<void>
  /** Compacts everything that was acknowledged before the call. Calls that come together share one round. */
  flush(): Promise<void>
}

const segmentsAtOnce = 2
const labelBatchesAtOnce = 2000

/** Makes the keeper. Rounds never overlap. */
export function createLogKeeper(options: LogKeeperOptions): LogKeeper {
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const queue = (work: () => Promise<void>): Promise<void> => {
    const round = last.then(work)
    last = round.catch(() => {})
    return round
  }
  const compactAll = async () => {
    await compactSegments(options)
    await compactLabels(options)
  }
  return {
    adopt: () => queue(() => adoptLeftovers(options)),
    sweep: () => queue(() => sweepFiles(options)),
    compact: () => queue(() => compactSegments(options)),
    flush: () =>
      (next ??= queue(async () => {
        // Whoever calls from here on has acknowledgements that this round may miss.
        next = undefined
        await options.rotate()
        await compactAll()
      })),
  }
}

async function foldersOf(options: LogKeeperOptions): Promise<string[]> {
  const root = spoolRoot(options.dataDir)
  if (!existsSync(root)) return []
  const entries = await readdir(root, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name))
}

/** The files of dead processes are whole as they are; what the last commit had compacted of them goes. */
async function adoptLeftovers(options: LogKeeperOptions): Promise<void> {
  const inUse = new Set(options.foldersInUse())
  for (const folder of (await foldersOf(options)).filter((path) => !inUse.has(path))) {
    for (const name of await readdir(folder)) {
      if (!name.endsWith(openEnding)) continue
      await rename(join(folder, name), join(folder, name.slice(0, -openEnding.length) + closedEnding))
    }
  }
  const compacted = await logManifest(options.database.reader).compacted()
  const paths = (await segmentPaths(options)).filter((path) => compacted.has(segmentName(path)))
  await removeSegments(options, paths)
  const gone = [...compacted]
  if (gone.length > 0) await options.database.write((tx) => logManifest(tx).forgetSegments(gone))
  await removeEmptyFolders(options)
}

async function segmentPaths(options: LogKeeperOptions): Promise<string[]> {
  const paths: string[] = []
  for (const folder of await foldersOf(options)) {
    const names = (await readdir(folder)).filter((name) => name.endsWith(closedEnding))
    paths.push(...names.toSorted().map((name) => join(folder, name)))
  }
  return paths
}

/** A segment's name in the manifest: its folder is its process's own, so the two together are unique. */
function segmentName(path: string): string {
  return `${basename(join(path, '..'))}/${basename(path)}`
}

async function compactSegments(options: LogKeeperOptions): Promise<void> {
  const found = await segmentPaths(options)
  if (found.length === 0) return
  const known = await logManifest(options.database.reader).compacted()
  const paths = found.filter((path) => !known.has(segmentName(path)))
  for (let start = 0; start < paths.length; start += segmentsAtOnce) {
    await compactSome(options, paths.slice(start, start + segmentsAtOnce))
  }
  await removeEmptyFolders(options)
}

/** Files first, then one commit that makes their rows visible and the segments spent, then the segments go. */
async function compactSome(options: LogKeeperOptions, segments: readonly string[]): Promise<void> {
  await options.beforeSegments(segments)
  const { files, counts } = await options.compactor.predictions({ segments, name: options.newName() })
  const names = segments.map(segmentName)
  await options.database.write(async (tx) => {
    const manifest = logManifest(tx)
    await manifest.addPredictions(files, counts)
    await manifest.markCompacted(names, options.nowMs())
  })
  await removeSegments(options, segments)
  await options.database.write((tx) => logManifest(tx).forgetSegments(names))
}

async function removeSegments(options: LogKeeperOptions, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await rm(path, { force: true })
    options.log.debug({ path }, 'a spool file was compacted')
  }
}

async function removeEmptyFolders(options: LogKeeperOptions): Promise<void> {
  const inUse = new Set(options.foldersInUse())
  for (const folder of await foldersOf(options)) {
    if (!inUse.has(folder)) await rmdir(folder).catch(() => {}) // one that still holds files stays
  }
}

async function compactLabels(options: LogKeeperOptions): Promise<void> {
  await options.beforeLabels()
  for (;;) {
    const batches = await logManifest(options.database.reader).labelBatches(0, labelBatchesAtOnce)
    if (batches.length === 0) return
    const files = await options.compactor.labels({ batches, name: options.newName() })
    await options.database.write((tx) =>
      logManifest(tx).addLabels(
        files,
        batches.map(({ sequence }) => sequence),
      ),
    )
    if (batches.length < labelBatchesAtOnce) return
  }
}

async function sweepFiles(options: LogKeeperOptions): Promise<void> {
  const known = await logManifest(options.database.reader).paths()
  for (const log of ['predictions', 'labels']) {
    const root = join(options.dataDir, 'model-serving', log)
    if (!existsSync(root)) continue
    for (const name of await readdir(root, { recursive: true })) {
      const path = join('model-serving', log, name)
      if (name.endsWith('.parquet') && !known.has(path)) await rm(join(options.dataDir, path), { force: true })
    }
  }
}

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '@millrace/kernel/db'
import type { MergedPredictions, MergeTask, PredictionFile } from '../../model/log-files.ts'
import { makePredictionId } from '../../model/prediction-id.ts'
import { forgetFiles, logUpkeep } from '../../store/log-upkeep.ts'

export interface TidyLogOptions {
  readonly dataDir: string
  readonly database: Database
  readonly compactor: { merge(task: MergeTask): Promise<readonly MergedPredictions[]> }
  readonly nowMs: () => number
  readonly newName: () => string
  /** Small files of one day before they are merged; default 8. */
  readonly crowd?: number
}

/** Merges small files and forgets old ones, round by round. */
export interface TidyLog {
  /** True when a round would do something. */
  due(): Promise<boolean>
  /** One round. It may be stopped anywhere: a row is in one file that counts at every moment. */
  run(): Promise<void>
}

/** Files of this size are left as they are. */
const wholeBytes = 64 * 1024 * 1024
/** What one merge reads at most, compressed: its sort stays in memory. */
const mergeBytes = 96 * 1024 * 1024
const dayMs = 86_400_000

/** Makes it. Files that no longer count are removed a round later, so that who is reading them can end. */
export function createTidyLog(options: TidyLogOptions): TidyLog {
  const { database, dataDir, crowd = 8 } = options
  let dropped: string[] = []
  return {
    due: async () => {
      if (dropped.length > 0) return true
      const upkeep = logUpkeep(database.reader)
      return (await upkeep.crowdedDays(crowd, wholeBytes)).length > 0 || (await keepers(options)).length > 0
    },
    run: async () => {
      const gone = dropped
      dropped = []
      for (const path of gone) await rm(join(dataDir, path), { force: true })
      dropped.push(...(await forgetOld(options)))
      for (const day of await logUpkeep(database.reader).crowdedDays(crowd, wholeBytes)) {
        const files = await logUpkeep(database.reader).smallFiles(day, wholeBytes)
        for (const batch of batchesOf(files)) dropped.push(...(await mergeBatch(options, batch)))
      }
    },
  }
}

/** Neighbours by request together, each batch as much as one merge takes. */
export function batchesOf(files: readonly PredictionFile[]): PredictionFile[][] {
  const batches: PredictionFile[][] = []
  let size = 0
  for (const file of files) {
    const last = batches.at(-1)
    if (last === undefined || size + file.sizeBytes > mergeBytes) {
      batches.push([file])
      size = 0
    } else last.push(file)
    size += file.sizeBytes
  }
  return batches.filter((batch) => batch.length > 1)
}

async function mergeBatch(options: TidyLogOptions, files: readonly PredictionFile[]): Promise<string[]> {
  const merged = await options.compactor.merge({ files, name: options.newName() })
  const dropped: string[] = []
  for (const one of merged) {
    const counts = await options.database.write((tx) => logUpkeep(tx).replace(one))
    dropped.push(...(counts ? one.from : [one.into]).map(({ path }) => path))
  }
  return dropped
}

async function keepers({ database }: TidyLogOptions) {
  const endpoints = await logUpkeep(database.reader).endpoints()
  return endpoints.flatMap(({ workspace, name, spec }) => {
    const { logging } = JSON.parse(spec) as { logging?: { retentionDays?: number } } // as put-endpoint wrote it
    return logging?.retentionDays === undefined ? [] : [{ workspace, endpoint: name, days: logging.retentionDays }]
  })
}

async function forgetOld(options: TidyLogOptions): Promise<string[]> {
  const paths: string[] = []
  for (const { workspace, endpoint, days } of await keepers(options)) {
    const beforeMs = options.nowMs() - days * dayMs
    // The smallest id of that moment: ids sort by time.
    const beforeRequestId = makePredictionId(Math.max(0, beforeMs), '0000', new Uint8Array(12))
    const of = { workspace, endpoint, beforeMs, beforeRequestId }
    paths.push(...(await options.database.write((tx) => forgetFiles(tx, of))))
  }
  return paths
}

import type { Runtime } from '@millrace/kernel'
import type { Db, Dialect } from '@millrace/kernel/db'
import { sql } from 'kysely'
import { dirtyRun, oldestDirtyRun } from './log-rows.ts'
import { mergeRun } from './merge-run.ts'
import { nextTurn } from './next-turn.ts'

/** A point waits so long for its merge, so that one merge takes up many requests. */
const waitMs = 1000

/** The merging of logs that nobody waits for: oldest first, one bounded transaction after another. */
export interface BackgroundMerge {
  stop(): Promise<void>
}

/** Starts merging. Safe in several processes at once: each leaves a run alone that another is merging. */
export function startMerging(runtime: Pick<Runtime, 'database' | 'log'>): BackgroundMerge {
  let [stopped, timer]: [boolean, NodeJS.Timeout | undefined] = [false, undefined]
  let round: Promise<void> = Promise.resolve()
  const schedule = () => {
    timer = setTimeout(() => {
      round = mergeOld(runtime, () => stopped)
        .catch((error: unknown) => runtime.log.warn({ err: error }, 'a merge of metrics failed; it is tried again'))
        .then(() => (stopped ? undefined : schedule()))
    }, waitMs)
    timer.unref()
  }
  schedule()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await round
    },
  }
}

async function mergeOld({ database }: Pick<Runtime, 'database'>, isStopped: () => boolean): Promise<void> {
  const { dialect, reader } = database
  // What arrives from here on waits for the next round.
  const until = await newestSequence(reader)
  while (!isStopped()) {
    const oldest = await oldestDirtyRun({ db: reader, dialect })
    if (oldest === undefined || oldest.sequence > until) return
    const run = await dirtyRun({ db: reader, dialect }, oldest.workspace, oldest.runId)
    if (run === undefined) continue
    const isMine = await database.write(async (db) => {
      if (!(await lockRun(db, dialect, run.runId))) return false
      await mergeRun({ db, dialect }, run, nextTurn)
      return true
    })
    if (!isMine) return
  }
}

async function newestSequence(db: Db): Promise<number> {
  const { rows } = await sql<{
    newest: number | null
  }>`select max(sequence) as newest from experiment_tracking_log`.execute(db)
  return rows[0]?.newest ?? -1
}

/** On PostgreSQL a run is locked until the transaction ends; on SQLite the writer is alone. */
async function lockRun(db: Db, dialect: Dialect, runId: string): Promise<boolean> {
  if (dialect === 'sqlite') return true
  const { rows } = await sql<{
    locked: boolean
  }>`select pg_try_advisory_xact_lock(7401, hashtext(${runId})) as locked`.execute(db)
  return rows[0]?.locked ?? false
}

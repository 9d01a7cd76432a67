import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { cache } from './cache.ts'
import { pipelines, schedules, triggers, versions } from './declared.ts'
import { attempts, runs, stepOrder, steps } from './runs.ts'

/** The store of pipelines for one workspace. */
export function pipelinesStore(db: Db, workspace: string) {
  return {
    pipelines: pipelines(db, workspace),
    versions: versions(db, workspace),
    triggers: triggers(db, workspace),
    schedules: schedules(db, workspace),
    runs: runs(db, workspace),
    steps: { ...steps(db, workspace), ...stepOrder(db, workspace) },
    attempts: attempts(db, workspace),
    cache: cache(db, workspace),
  }
}

export type PipelinesStore = ReturnType<typeof pipelinesStore>

export const { action, query } = operations(pipelinesStore)

import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { problem } from '../contract.ts'
import type { Direction } from '../model/trial-history.ts'
import type { OptimizationTables, StudyRow, TrialRow } from './tables.ts'

/** The studies of one workspace. */
function studies(db: Db, workspace: string) {
  const t = tables<OptimizationTables>(db)
  const all = () => t.selectFrom('hyperparameter_optimization_study').selectAll().where('workspace', '=', workspace)
  const find = (name: string) => all().where('name', '=', name).executeTakeFirst()
  return {
    find,
    /** Throws `hyperparameter-optimization/no-such-study`. */
    read: async (name: string): Promise<StudyRow> => {
      const row = await find(name)
      if (row === undefined) throw problem['no-such-study']({ name })
      return row
    },
    byIds: (ids: readonly string[]) =>
      all()
        .where('id', 'in', [...ids])
        .execute(),
    list: (after: string, limit: number) => all().where('name', '>', after).orderBy('name').limit(limit).execute(),
    put: (row: StudyRow) => {
      const { spec, trials, updated_at_ms: updatedAtMs } = row
      return t
        .insertInto('hyperparameter_optimization_study')
        .values({ workspace, ...row })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet({ spec, trials, updated_at_ms: updatedAtMs }))
        .execute()
    },
  }
}

/** The trials of one workspace. */
function trials(db: Db, workspace: string) {
  const t = tables<OptimizationTables>(db)
  const all = () => t.selectFrom('hyperparameter_optimization_trial').selectAll().where('workspace', '=', workspace)
  return {
    /** Throws `hyperparameter-optimization/no-such-trial`. */
    read: async (id: string): Promise<TrialRow> => {
      const row = await all().where('id', '=', id).executeTakeFirst()
      if (row === undefined) throw problem['no-such-trial']({ id })
      return row
    },
    byIds: (ids: readonly string[]) =>
      all()
        .where('id', 'in', [...ids])
        .execute(),
    of: (studyId: string) => all().where('study_id', '=', studyId).orderBy('number').execute(),
    list: (studyId: string, after: number, limit: number) =>
      all().where('study_id', '=', studyId).where('number', '>', after).orderBy('number').limit(limit).execute(),
    /** The best complete trial, the first of equals. */
    best: (studyId: string, direction: Direction) =>
      all()
        .where('study_id', '=', studyId)
        .where('state', '=', 'complete')
        .where('value', 'is not', null)
        .orderBy('value', direction === 'minimize' ? 'asc' : 'desc')
        .orderBy('number')
        .limit(1)
        .executeTakeFirst(),
    add: (row: TrialRow) =>
      t
        .insertInto('hyperparameter_optimization_trial')
        .values({ workspace, ...row })
        .execute(),
    save: ({ id, ...change }: TrialRow) =>
      t
        .updateTable('hyperparameter_optimization_trial')
        .set(change)
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute(),
  }
}

/** What trials of one workspace reported. */
function reports(db: Db, workspace: string) {
  const t = tables<OptimizationTables>(db)
  return {
    put: (row: { study_id: string; trial_id: string; step: number; value: number }) =>
      t
        .insertInto('hyperparameter_optimization_report')
        .values({ workspace, ...row })
        .onConflict((c) => c.columns(['workspace', 'trial_id', 'step']).doUpdateSet({ value: row.value }))
        .execute(),
    of: (trialId: string) =>
      t
        .selectFrom('hyperparameter_optimization_report')
        .select(['step', 'value'])
        .where('workspace', '=', workspace)
        .where('trial_id', '=', trialId)
        .orderBy('step')
        .execute(),
    /** What all trials of a study reported at one step. */
    atStep: (studyId: string, step: number) =>
      t
        .selectFrom('hyperparameter_optimization_report')
        .select(['trial_id', 'step', 'value'])
        .where('workspace', '=', workspace)
        .where('study_id', '=', studyId)
        .where('step', '=', step)
        .execute(),
  }
}

/** The store of hyperparameter optimization for one workspace. */
export function optimizationStore(db: Db, workspace: string) {
  return { studies: studies(db, workspace), trials: trials(db, workspace), reports: reports(db, workspace) }
}

export type OptimizationStore = ReturnType<typeof optimizationStore>

export const { action, query, ingest } = operations(optimizationStore)

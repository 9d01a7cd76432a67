import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { Study, Trial } from '../contract.ts'
import { bestTrial } from '../model/trial-history.ts'
import type { StudySpec } from '../contract.ts'

interface StudyTables {
  hyperparameter_optimization_study: {
    workspace: string
    id: string
    name: string
    spec: string
    created_at_ms: number
  }
  hyperparameter_optimization_trial: {
    workspace: string
    id: string
    study: string
    number: number
    params: string
    state: Trial['state']
    value: number | null
    run_id: string | null
    reports: string
    started_at_ms: number
    ended_at_ms: number | null
  }
}

/** What is stored of a study. */
export interface StoredStudy {
  readonly id: Study['id']
  readonly name: string
  readonly spec: StudySpec
  readonly createdAtMs: number
}

/** Studies and trials of one workspace. */
export function studies(untyped: Db, workspace: string) {
  const db = tables<StudyTables>(untyped)
  const studyRows = () =>
    db.selectFrom('hyperparameter_optimization_study').selectAll().where('workspace', '=', workspace)
  return {
    find: async (name: string) => toStudy(await studyRows().where('name', '=', name).executeTakeFirst()),
    findById: async (ids: readonly string[]) =>
      (
        await studyRows()
          .where('id', 'in', [...ids])
          .execute()
      ).map(studyOf),
    list: async (after: string, limit: number) =>
      (await studyRows().where('name', '>', after).orderBy('name').limit(limit).execute()).map(studyOf),
    insert: async ({ id, name, spec, createdAtMs }: StoredStudy) => {
      const row = { workspace, id, name, spec: JSON.stringify(spec), created_at_ms: createdAtMs }
      await db.insertInto('hyperparameter_optimization_study').values(row).execute()
    },
    saveSpec: async (name: string, spec: StudySpec) => {
      await db
        .updateTable('hyperparameter_optimization_study')
        .set({ spec: JSON.stringify(spec) })
        .where('workspace', '=', workspace)
        .where('name', '=', name)
        .execute()
    },
    ...trials(untyped, workspace),
  }
}

function trials(untyped: Db, workspace: string) {
  const db = tables<StudyTables>(untyped)
  const trialRows = () =>
    db.selectFrom('hyperparameter_optimization_trial').selectAll().where('workspace', '=', workspace)
  return {
    trials: async (study: string) =>
      (await trialRows().where('study', '=', study).orderBy('number').execute()).map(trialOf),
    trialsAfter: async (study: string, number: number, limit: number) =>
      (
        await trialRows()
          .where('study', '=', study)
          .where('number', '>', number)
          .orderBy('number')
          .limit(limit)
          .execute()
      ).map(trialOf),
    trial: async (id: string) => {
      const row = await trialRows().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : trialOf(row)
    },
    trialsById: async (ids: readonly string[]) =>
      (
        await trialRows()
          .where('id', 'in', [...ids])
          .execute()
      ).map(trialOf),
    insertTrial: async (trial: Trial) => {
      await db
        .insertInto('hyperparameter_optimization_trial')
        .values({ workspace, ...rowOf(trial) })
        .execute()
    },
    saveTrial: async (trial: Trial) => {
      await db
        .updateTable('hyperparameter_optimization_trial')
        .set(rowOf(trial))
        .where('workspace', '=', workspace)
        .where('id', '=', trial.id)
        .execute()
    },
  }
}

export const { action, query } = operations(studies)

/** A study as the API shows it. */
export function showStudy(study: StoredStudy, trials: readonly Trial[]): Study {
  const best = bestTrial(trials, study.spec.direction)
  const { id, name, spec, createdAtMs } = study
  const { direction, metric } = spec
  return {
    id,
    name,
    direction,
    metric,
    trialCount: trials.length,
    bestValue: best?.value ?? null,
    bestTrial: best?.number ?? null,
    createdAtMs,
    spec,
  }
}

function rowOf(trial: Trial): Omit<StudyTables['hyperparameter_optimization_trial'], 'workspace'> {
  const { id, study, number, params, state, value, runId, reports, startedAtMs, endedAtMs } = trial
  return {
    id,
    study,
    number,
    state,
    value,
    params: JSON.stringify(params),
    run_id: runId,
    reports: JSON.stringify(reports),
    started_at_ms: startedAtMs,
    ended_at_ms: endedAtMs,
  }
}

function trialOf(row: StudyTables['hyperparameter_optimization_trial']): Trial {
  return {
    id: row.id as Trial['id'], // written by us, of this kind
    study: row.study,
    number: row.number,
    params: JSON.parse(row.params) as Trial['params'],
    state: row.state,
    value: row.value,
    runId: row.run_id,
    reports: JSON.parse(row.reports) as Trial['reports'],
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  }
}

function toStudy(row: StudyTables['hyperparameter_optimization_study'] | undefined): StoredStudy | undefined {
  return row === undefined ? undefined : studyOf(row)
}

function studyOf(row: StudyTables['hyperparameter_optimization_study']): StoredStudy {
  const spec = JSON.parse(row.spec) as StudySpec // written by us from the schema
  return { id: row.id as Study['id'], name: row.name, spec, createdAtMs: row.created_at_ms }
}

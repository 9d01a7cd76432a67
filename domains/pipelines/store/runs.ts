import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { sql } from 'kysely'
import type { RunState } from '../contract.ts'
import { problem } from '../contract.ts'
import type { AttemptRecord, RunRecord, StepRecord } from '../model/records.ts'
import { attemptOfRow, attemptToRow, runOfRow, runToRow, stepOfRow, stepToRow } from './rows.ts'
import type { PipelinesTables } from './tables.ts'

/** PostgreSQL takes at most 65,535 parameters a statement. */
const rowsPerInsert = 500

export interface RunFilter {
  readonly limit: number
  readonly pipeline?: string | undefined
  readonly state?: RunState | undefined
  readonly before?: { readonly createdAtMs: number; readonly id: string } | undefined
}

/** The runs of one workspace. */
export function runs(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  const all = () => t.selectFrom('pipelines_run').selectAll().where('workspace', '=', workspace)
  return {
    /** Throws `pipelines/no-such-run`. */
    read: async (id: string): Promise<RunRecord> => {
      const row = await all().where('id', '=', id).executeTakeFirst()
      if (row === undefined) throw problem['no-such-run']({ id })
      return runOfRow(row)
    },
    byKey: async (key: string) => {
      const row = await all().where('start_key', '=', key).executeTakeFirst()
      return row === undefined ? undefined : runOfRow(row)
    },
    byIds: async (ids: readonly string[]) =>
      (
        await all()
          .where('id', 'in', [...ids])
          .execute()
      ).map(runOfRow),
    add: (run: RunRecord) =>
      t
        .insertInto('pipelines_run')
        .values({ workspace, ...runToRow(run) })
        .execute(),
    save: (run: RunRecord) =>
      t
        .updateTable('pipelines_run')
        .set(runToRow(run))
        .where('workspace', '=', workspace)
        .where('id', '=', run.id)
        .execute(),
    list: async (filter: RunFilter) => {
      let query = all().orderBy('created_at_ms', 'desc').orderBy('id', 'desc').limit(filter.limit)
      if (filter.pipeline !== undefined) query = query.where('pipeline', '=', filter.pipeline)
      if (filter.state !== undefined) query = query.where('state', '=', filter.state)
      const { before } = filter
      if (before !== undefined)
        query = query.where((eb) =>
          eb(eb.refTuple('created_at_ms', 'id'), '<', eb.tuple(before.createdAtMs, before.id)),
        )
      return (await query.execute()).map(runOfRow)
    },
  }
}

/** The steps of one workspace's runs, and their order. */
export function steps(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  const all = () => t.selectFrom('pipelines_step').selectAll().where('workspace', '=', workspace)
  return {
    find: async (id: string) => {
      const row = await all().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : stepOfRow(row)
    },
    ofRuns: async (runIds: readonly string[]) =>
      (
        await all()
          .where('run_id', 'in', [...runIds])
          .orderBy('position')
          .execute()
      ).map(stepOfRow),
    named: async (runId: string, names: readonly string[]) =>
      names.length === 0
        ? []
        : (
            await all()
              .where('run_id', '=', runId)
              .where('name', 'in', [...names])
              .orderBy('position')
              .execute()
          ).map(stepOfRow),
    statesOf: (runId: string) =>
      t
        .selectFrom('pipelines_step')
        .select('state')
        .distinct()
        .where('workspace', '=', workspace)
        .where('run_id', '=', runId)
        .execute(),
    save: (step: StepRecord) =>
      t
        .updateTable('pipelines_step')
        .set(stepToRow(step))
        .where('workspace', '=', workspace)
        .where('id', '=', step.id)
        .execute(),
    /** Adds a run's steps with their order. */
    addAll: async (added: readonly StepRecord[]) => {
      const rows = added.map((step) => ({ workspace, ...stepToRow(step) }))
      for (let at = 0; at < rows.length; at += rowsPerInsert)
        await t
          .insertInto('pipelines_step')
          .values(rows.slice(at, at + rowsPerInsert))
          .execute()
      const order = added.flatMap((step) =>
        step.plan.after.map((before) => ({ workspace, run_id: step.runId, before, step: step.name })),
      )
      for (let at = 0; at < order.length; at += rowsPerInsert)
        await t
          .insertInto('pipelines_order')
          .values(order.slice(at, at + rowsPerInsert))
          .execute()
    },
  }
}

/** The steps of one workspace by id, and who follows whom in its runs. */
export function stepOrder(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  return {
    byIds: async (ids: readonly string[]) =>
      (
        await t
          .selectFrom('pipelines_step')
          .selectAll()
          .where('workspace', '=', workspace)
          .where('id', 'in', [...ids])
          .execute()
      ).map(stepOfRow),
    /** The names of the steps that come right after this one. */
    following: async (runId: string, name: string) => {
      const rows = await t
        .selectFrom('pipelines_order')
        .select('step')
        .where('workspace', '=', workspace)
        .where('run_id', '=', runId)
        .where('before', '=', name)
        .execute()
      return rows.map((row) => row.step)
    },
    /** Lowers what these steps wait for by one. */
    countDown: async (runId: string, names: readonly string[]) => {
      if (names.length === 0) return
      await t
        .updateTable('pipelines_step')
        .set({ waits_for: sql<number>`waits_for - 1` })
        .where('workspace', '=', workspace)
        .where('run_id', '=', runId)
        .where('name', 'in', [...names])
        .execute()
    },
  }
}

/** The attempts of one workspace's steps. */
export function attempts(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  const all = () => t.selectFrom('pipelines_attempt').selectAll().where('workspace', '=', workspace)
  return {
    byJob: async (jobId: string) => {
      const row = await all().where('job_id', '=', jobId).executeTakeFirst()
      return row === undefined ? undefined : attemptOfRow(row)
    },
    ofStep: async (stepId: string) =>
      (await all().where('step_id', '=', stepId).orderBy('number').execute()).map(attemptOfRow),
    ofRuns: async (runIds: readonly string[]) =>
      (
        await all()
          .where('run_id', 'in', [...runIds])
          .orderBy('number')
          .execute()
      ).map(attemptOfRow),
    byIds: async (ids: readonly string[]) =>
      (
        await all()
          .where('id', 'in', [...ids])
          .execute()
      ).map(attemptOfRow),
    add: (attempt: AttemptRecord) =>
      t
        .insertInto('pipelines_attempt')
        .values({ workspace, ...attemptToRow(attempt) })
        .execute(),
    save: (attempt: AttemptRecord) =>
      t
        .updateTable('pipelines_attempt')
        .set(attemptToRow(attempt))
        .where('workspace', '=', workspace)
        .where('id', '=', attempt.id)
        .execute(),
  }
}

import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { operations } from '@millrace/kernel'
import type { JobState } from '../contract.ts'
import { problem } from '../contract.ts'
import type { JobRecord } from '../model/job.ts'
import { jobOfRow, jobToRow } from './job-rows.ts'
import type { ComputeTables } from './tables.ts'

const live: JobState[] = ['admitted', 'starting', 'running']
/** Waiting jobs looked at in one go; what lies behind them has its turn when these have started. */
const chooseAmong = 500

/** The jobs of one workspace. */
function jobs(db: Db, workspace: string) {
  const t = tables<ComputeTables>(db)
  const all = () => t.selectFrom('compute_job').selectAll().where('workspace', '=', workspace)
  const find = async (id: string) => {
    const row = await all().where('id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : jobOfRow(row)
  }
  return {
    find,
    /** Throws `compute/no-such-job`. */
    read: async (id: string): Promise<JobRecord> => {
      const found = await find(id)
      if (found === undefined) throw problem['no-such-job']({ id })
      return found
    },
    add: (job: JobRecord) =>
      t
        .insertInto('compute_job')
        .values({ workspace, ...jobToRow(job) })
        .execute(),
    save: (job: JobRecord) =>
      t
        .updateTable('compute_job')
        .set(jobToRow(job))
        .where('workspace', '=', workspace)
        .where('id', '=', job.id)
        .execute(),
    waiting: async (nowMs: number) => {
      const rows = await all()
        .where('state', '=', 'queued')
        .where('not_before_ms', '<=', nowMs)
        .orderBy('priority', 'desc')
        .orderBy('submitted_at_ms')
        .limit(chooseAmong)
        .execute()
      return rows.map(jobOfRow)
    },
    byIds: async (ids: readonly string[]) =>
      (
        await all()
          .where('id', 'in', [...ids])
          .execute()
      ).map(jobOfRow),
    live: async () => (await all().where('state', 'in', live).execute()).map(jobOfRow),
    renew: (worker: string, fences: readonly string[], leaseUntilMs: number) =>
      t
        .updateTable('compute_job')
        .set({ lease_until_ms: leaseUntilMs })
        .where('workspace', '=', workspace)
        .where('worker', '=', worker)
        .where('state', 'in', live)
        .where('fence', 'in', [...fences])
        .execute(),
  }
}

/** Lists and counts of one workspace's jobs. */
function jobLists(db: Db, workspace: string) {
  const t = tables<ComputeTables>(db)
  const all = () => t.selectFrom('compute_job').selectAll().where('workspace', '=', workspace)
  return {
    list: async (filter: JobFilter) => {
      let query = all().orderBy('submitted_at_ms', 'desc').orderBy('id', 'desc').limit(filter.limit)
      if (filter.state !== undefined) query = query.where('state', '=', filter.state)
      if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind)
      if (filter.queue !== undefined) query = query.where('queue', '=', filter.queue)
      const { before } = filter
      if (before !== undefined)
        query = query.where((eb) =>
          eb(eb.refTuple('submitted_at_ms', 'id'), '<', eb.tuple(before.submittedAtMs, before.id)),
        )
      return (await query.execute()).map(jobOfRow)
    },
    countByState: (queue: string) =>
      t
        .selectFrom('compute_job')
        .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
        .where('workspace', '=', workspace)
        .where('queue', '=', queue)
        .where('state', 'in', ['queued', ...live])
        .groupBy('state')
        .execute(),
  }
}

export interface JobFilter {
  readonly limit: number
  readonly state?: JobState | undefined
  readonly kind?: string | undefined
  readonly queue?: string | undefined
  readonly before?: { readonly submittedAtMs: number; readonly id: string } | undefined
}

/** The attempts of one workspace. */
function attempts(db: Db, workspace: string) {
  const t = tables<ComputeTables>(db)
  return {
    open: (job: JobRecord, nowMs: number) =>
      t
        .insertInto('compute_attempt')
        .values({
          workspace,
          job_id: job.id,
          number: job.attempt,
          fence: job.fence ?? '',
          worker: job.worker ?? '',
          state: job.state,
          started_at_ms: nowMs,
          ended_at_ms: null,
          exit_code: null,
          reason: null,
        })
        .execute(),
    set: (
      job: JobRecord,
      change: { state: JobState; ended_at_ms?: number; exit_code?: number | null; reason?: string | null },
    ) =>
      t
        .updateTable('compute_attempt')
        .set(change)
        .where('workspace', '=', workspace)
        .where('job_id', '=', job.id)
        .where('number', '=', job.attempt)
        .execute(),
    of: (jobId: string) =>
      t
        .selectFrom('compute_attempt')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('job_id', '=', jobId)
        .orderBy('number')
        .execute(),
  }
}

/** The queues of one workspace. */
function queues(db: Db, workspace: string) {
  const t = tables<ComputeTables>(db)
  const all = () => t.selectFrom('compute_queue').selectAll().where('workspace', '=', workspace)
  return {
    find: (name: string) => all().where('name', '=', name).executeTakeFirst(),
    list: () => all().orderBy('name').execute(),
    put: (row: { name: string; spec: string; created_at_ms: number; updated_at_ms: number }) =>
      t
        .insertInto('compute_queue')
        .values({ workspace, ...row })
        .onConflict((c) =>
          c.columns(['workspace', 'name']).doUpdateSet({ spec: row.spec, updated_at_ms: row.updated_at_ms }),
        )
        .execute(),
  }
}

/** The code versions of one workspace. */
function codeVersions(db: Db, workspace: string) {
  const t = tables<ComputeTables>(db)
  const all = () => t.selectFrom('compute_code_version').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string) => all().where('id', '=', id).executeTakeFirst(),
    byIds: (ids: readonly string[]) =>
      all()
        .where('id', 'in', [...ids])
        .execute(),
    add: (row: Omit<ComputeTables['compute_code_version'], 'workspace'>) =>
      t
        .insertInto('compute_code_version')
        .values({ workspace, ...row })
        .execute(),
  }
}

/** The store of compute for one workspace. */
export function computeStore(db: Db, workspace: string) {
  return {
    jobs: { ...jobs(db, workspace), ...jobLists(db, workspace) },
    attempts: attempts(db, workspace),
    queues: queues(db, workspace),
    codeVersions: codeVersions(db, workspace),
  }
}

export type ComputeStore = ReturnType<typeof computeStore>

export const { action, query, ingest } = operations(computeStore)

/** Where there is work, in all workspaces: what a worker asks before it acts in one of them. */
export function workOverview(db: Db) {
  const t = tables<ComputeTables>(db)
  const workspaces = async (states: JobState[], notAfterMs: number) => {
    const rows = await t
      .selectFrom('compute_job')
      .select('workspace')
      .distinct()
      .where('state', 'in', states)
      .where('not_before_ms', '<=', notAfterMs)
      .execute()
    return rows.map((row) => row.workspace)
  }
  return {
    withWaiting: (nowMs: number) => workspaces(['queued'], nowMs),
    withLive: () => workspaces(live, Number.MAX_SAFE_INTEGER),
  }
}

import type { Scope } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { statement, tables } from '@millrace/kernel/db'
import { problem } from '../contract.ts'
import type { PipelineTrigger } from '../model/graph.ts'
import { versionOfRow } from './rows.ts'
import type { PipelinesTables } from './tables.ts'

type New<T extends keyof PipelinesTables> = Omit<PipelinesTables[T], 'workspace'>

/** The pipelines of one workspace, with their versions and triggers. */
export function pipelines(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  const all = () => t.selectFrom('pipelines_pipeline').selectAll().where('workspace', '=', workspace)
  const find = (name: string) => all().where('name', '=', name).executeTakeFirst()
  return {
    find,
    /** Throws `pipelines/no-such-pipeline`. */
    read: async (name: string) => {
      const row = await find(name)
      if (row === undefined) throw problem['no-such-pipeline']({ name })
      return row
    },
    list: (after: string, limit: number) => all().where('name', '>', after).orderBy('name').limit(limit).execute(),
    put: (row: New<'pipelines_pipeline'>) => {
      const { name: _name, created_at_ms: _createdAtMs, runs: _runs, ...change } = row
      return t
        .insertInto('pipelines_pipeline')
        .values({ workspace, ...row })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet(change))
        .execute()
    },
    setRuns: (name: string, count: number) =>
      t
        .updateTable('pipelines_pipeline')
        .set({ runs: count })
        .where('workspace', '=', workspace)
        .where('name', '=', name)
        .execute(),
  }
}

/** The versions of one workspace's pipelines. */
export function versions(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  const all = () => t.selectFrom('pipelines_version').selectAll().where('workspace', '=', workspace)
  return {
    read: async (id: string) => versionOfRow(await all().where('id', '=', id).executeTakeFirstOrThrow()),
    byIds: (ids: readonly string[]) =>
      all()
        .where('id', 'in', [...ids])
        .execute(),
    list: (pipeline: string, below: number, limit: number) =>
      all()
        .where('pipeline', '=', pipeline)
        .where('number', '<', below)
        .orderBy('number', 'desc')
        .limit(limit)
        .execute(),
    add: (row: New<'pipelines_version'>) =>
      t
        .insertInto('pipelines_version')
        .values({ workspace, ...row })
        .execute(),
  }
}

/** The triggers of one workspace's pipelines. */
export function triggers(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  return {
    of: (event: string) =>
      t
        .selectFrom('pipelines_trigger')
        .selectAll()
        .where('event', '=', event)
        .where('workspace', '=', workspace)
        .execute(),
    replace: async (pipeline: string, wanted: readonly PipelineTrigger[]) => {
      await t
        .deleteFrom('pipelines_trigger')
        .where('workspace', '=', workspace)
        .where('pipeline', '=', pipeline)
        .execute()
      const rows = wanted.map((trigger, position) => ({
        workspace,
        pipeline,
        position,
        event: trigger.event,
        filter: JSON.stringify(trigger.filter ?? {}),
        parameters: JSON.stringify(trigger.parameters ?? {}),
      }))
      if (rows.length > 0) await t.insertInto('pipelines_trigger').values(rows).execute()
    },
  }
}

/** The schedules of one workspace. */
export function schedules(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  const all = () => t.selectFrom('pipelines_schedule').selectAll().where('workspace', '=', workspace)
  return {
    find: (name: string) => all().where('name', '=', name).executeTakeFirst(),
    list: (after: string, limit: number) => all().where('name', '>', after).orderBy('name').limit(limit).execute(),
    byNames: (names: readonly string[]) =>
      all()
        .where('name', 'in', [...names])
        .execute(),
    put: (row: New<'pipelines_schedule'>) => {
      const { name: _name, created_at_ms: _createdAtMs, ...change } = row
      return t
        .insertInto('pipelines_schedule')
        .values({ workspace, ...row })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet(change))
        .execute()
    },
    remove: (name: string) =>
      t.deleteFrom('pipelines_schedule').where('workspace', '=', workspace).where('name', '=', name).execute(),
  }
}

/** Schedules of all workspaces, for the clock that fires them. */
export function schedulesOfAll(db: Db) {
  const t = tables<PipelinesTables>(db)
  return {
    due: (nowMs: number) =>
      t
        .selectFrom('pipelines_schedule')
        .select(['workspace', 'name', 'next_at_ms'])
        .where('next_at_ms', '<=', nowMs)
        .execute(),
    next: () =>
      t
        .selectFrom('pipelines_schedule')
        .select('next_at_ms')
        .where('next_at_ms', 'is not', null)
        .orderBy('next_at_ms')
        .limit(1)
        .executeTakeFirst(),
  }
}

const triggersOfEvent = statement<readonly [workspace: string, event: string], { found: number }>(
  'select 1 as found from pipelines_trigger where workspace = ? and event = ? limit 1',
)

/** Whether any pipeline starts on this event. It is asked at every event of the workspace. */
export async function isTriggering(scope: Scope, event: { readonly name: string }): Promise<boolean> {
  return (await triggersOfEvent(scope, scope.workspace, event.name)).length > 0
}

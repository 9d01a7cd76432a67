import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { CacheIdentity } from '../model/cache.ts'
import type { Values } from '../model/values.ts'
import type { PipelinesTables } from './tables.ts'

/** A result that may be taken again. */
export interface CacheEntry {
  readonly key: string
  readonly pipeline: string
  readonly step: string
  readonly stepId: string
  readonly runNumber: number
  readonly identity: CacheIdentity
  readonly outputs: Values
  readonly createdAtMs: number
}

/** The cached results of one workspace. */
export function cache(db: Db, workspace: string) {
  const t = tables<PipelinesTables>(db)
  const all = () => t.selectFrom('pipelines_cache').selectAll().where('workspace', '=', workspace)
  return {
    find: async (key: string) => {
      const row = await all().where('key', '=', key).executeTakeFirst()
      return row === undefined ? undefined : entryOfRow(row)
    },
    /** The newest result of a step, whatever it stands for. */
    newest: async (pipeline: string, step: string) => {
      const row = await all()
        .where('pipeline', '=', pipeline)
        .where('step', '=', step)
        .orderBy('created_at_ms', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? undefined : entryOfRow(row)
    },
    put: async (entry: CacheEntry) => {
      const { key } = entry
      const change = {
        pipeline: entry.pipeline,
        step: entry.step,
        step_id: entry.stepId,
        run_number: entry.runNumber,
        identity: JSON.stringify(entry.identity),
        outputs: JSON.stringify(entry.outputs),
        created_at_ms: entry.createdAtMs,
      }
      await t
        .insertInto('pipelines_cache')
        .values({ workspace, key, ...change })
        .onConflict((c) => c.columns(['workspace', 'key']).doUpdateSet(change))
        .execute()
      await t.deleteFrom('pipelines_cache_file').where('workspace', '=', workspace).where('key', '=', key).execute()
      const files = Object.values(entry.outputs).flatMap((output) => ('file' in output ? [output.file.digest] : []))
      const rows = [...new Set(files)].map((digest) => ({ workspace, key, digest }))
      if (rows.length > 0) await t.insertInto('pipelines_cache_file').values(rows).execute()
    },
    /** Forgets every result that holds this file; says how many. */
    forgetFile: async (digest: string): Promise<number> => {
      const rows = await t
        .selectFrom('pipelines_cache_file')
        .select('key')
        .where('workspace', '=', workspace)
        .where('digest', '=', digest)
        .execute()
      const keys = rows.map((row) => row.key)
      if (keys.length === 0) return 0
      await t.deleteFrom('pipelines_cache').where('workspace', '=', workspace).where('key', 'in', keys).execute()
      await t.deleteFrom('pipelines_cache_file').where('workspace', '=', workspace).where('key', 'in', keys).execute()
      return keys.length
    },
  }
}

function entryOfRow(row: PipelinesTables['pipelines_cache']): CacheEntry {
  return {
    key: row.key,
    pipeline: row.pipeline,
    step: row.step,
    stepId: row.step_id,
    runNumber: row.run_number,
    identity: JSON.parse(row.identity) as CacheIdentity, // written by `put`
    outputs: JSON.parse(row.outputs) as Values, // written by `put`
    createdAtMs: row.created_at_ms,
  }
}

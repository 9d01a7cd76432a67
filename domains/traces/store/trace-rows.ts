import { rowsOfValues, statementOfRows } from '@millrace/kernel/db'
import type { Db, Dialect } from '@millrace/kernel/db'
import type { Kysely } from 'kysely'
import type { Assessment } from '../model/assessment.ts'
import type { Trace } from '../model/trace.ts'
import { known } from '../model/trace.ts'
import { inFixedSlices, inSlices } from './in-slices.ts'
import type { Label } from './label-rows.ts'
import type { TraceTables } from './tables.ts'

/** A trace's own row, but for the workspace. */
export type TraceRow = Omit<TraceTables['traces_trace'], 'workspace'>

const columns = [
  'id',
  'experiment',
  'name',
  'root_name',
  'state',
  'started_at_ms',
  'duration_ms',
  'client_request_id',
  'request_preview',
  'response_preview',
  'session_id',
  'finalized',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
] as const satisfies readonly (keyof TraceRow)[]

type Row = readonly (string | number | null)[]

const upsert = statementOfRows<Row>(
  (rows) => `insert into traces_trace (workspace, ${columns.join(', ')})
  values ${rowsOfValues(rows, columns.length + 1)}
  on conflict (workspace, id) do update set
  ${columns
    .slice(1)
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`,
)

/** The traces of one workspace. */
export function traceRows(db: Kysely<TraceTables>, untyped: Db, workspace: string) {
  const traces = () => db.selectFrom('traces_trace').select(columns).where('workspace', '=', workspace)
  return {
    find: (id: string): Promise<TraceRow | undefined> => traces().where('id', '=', id).executeTakeFirst(),
    some: (ids: readonly string[]): Promise<TraceRow[]> =>
      inSlices(ids, 400, (slice) => traces().where('id', 'in', slice).execute()),
    put: async (dialect: Dialect, rows: readonly TraceRow[]): Promise<void> => {
      const on = { db: untyped, dialect }
      await inFixedSlices(rows, (slice) =>
        upsert(
          on,
          slice.map((row) => [workspace, ...columns.map((name) => row[name])]),
        ),
      )
    },
    /** The ids of an experiment's traces that started at or before a time, oldest first. */
    oldest: async (experiment: number, beforeMs: number, limit: number): Promise<string[]> => {
      const rows = await db
        .selectFrom('traces_trace')
        .select('id')
        .where('workspace', '=', workspace)
        .where('experiment', '=', experiment)
        .where('started_at_ms', '<=', beforeMs)
        .orderBy('started_at_ms')
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(({ id }) => id)
    },
    /** Those of `ids` that belong to the experiment. */
    within: (experiment: number, ids: readonly string[]): Promise<string[]> =>
      inSlices(ids, 400, async (slice) => {
        const rows = await traces().where('experiment', '=', experiment).where('id', 'in', slice).execute()
        return rows.map(({ id }) => id)
      }),
    /** Removes traces with all that belongs to them. */
    remove: async (ids: readonly string[]): Promise<void> => {
      await inSlices(ids, 400, async (slice) => {
        for (const table of ['traces_span', 'traces_label', 'traces_assessment'] as const) {
          await db.deleteFrom(table).where('workspace', '=', workspace).where('trace_id', 'in', slice).execute()
        }
        await db.deleteFrom('traces_trace').where('workspace', '=', workspace).where('id', 'in', slice).execute()
        return []
      })
    },
  }
}

/** A trace with its labels and assessments. */
export function wholeTrace(row: TraceRow, labels: readonly Label[], assessments: readonly Assessment[]): Trace {
  const named = row.name === null ? {} : { [known.name]: row.name }
  const session = row.session_id === null ? {} : { [known.session]: row.session_id }
  return {
    id: row.id as Trace['id'], // checked when it was written
    experimentId: String(row.experiment),
    name: row.name ?? row.root_name,
    state: row.state as Trace['state'], // as it was written
    startedAtMs: row.started_at_ms,
    durationMs: row.duration_ms,
    clientRequestId: row.client_request_id,
    requestPreview: row.request_preview,
    responsePreview: row.response_preview,
    sessionId: row.session_id,
    tags: { ...named, ...textsOf(labels, 'tag') },
    metadata: { ...session, ...textsOf(labels, 'metadata') },
    runIds: labels.filter(({ kind }) => kind === 'run').map(({ key }) => key),
    assessments: [...assessments],
  }
}

function textsOf(labels: readonly Label[], wanted: Label['kind']): Record<string, string> {
  return Object.fromEntries(labels.filter(({ kind }) => kind === wanted).map(({ key, value }) => [key, value]))
}

import { rowsOfValues, statementOfRows } from '@millrace/kernel/db'
import type { Db, Dialect } from '@millrace/kernel/db'
import type { Kysely } from 'kysely'
import { numbersIn, usageNode } from '../model/summarize-spans.ts'
import type { UsageNode } from '../model/aggregate-usage.ts'
import type { Span } from '../model/span.ts'
import { decodeJson, encodeJson, microsecondsOf, traceIdOf } from '../model/span.ts'
import { mlflow } from '../model/translate-attributes.ts'
import { inFixedSlices, inSlices } from './in-slices.ts'
import type { TraceTables } from './tables.ts'

const columns = [
  'workspace',
  'trace_id',
  'id',
  'parent_id',
  'name',
  'type',
  'status',
  'started_at_us',
  'ended_at_us',
  'model_name',
  'model_provider',
  'input_cost',
  'output_cost',
  'total_cost',
  'content',
] as const
const ownColumns = columns.slice(3)

type Row = readonly (string | number | null)[]

const upsert = statementOfRows<Row>(
  (rows) => `insert into traces_span (${columns.join(', ')}) values ${rowsOfValues(rows, columns.length)}
  on conflict (workspace, trace_id, id) do update set ${ownColumns.map((name) => `${name} = excluded.${name}`).join(', ')}`,
)

/** The spans of one workspace. */
export function spanRows(db: Kysely<TraceTables>, untyped: Db, workspace: string) {
  const spans = () => db.selectFrom('traces_span').where('workspace', '=', workspace)
  return {
    /** Writes spans; one that is there already is replaced, so a batch may be sent again. */
    put: async (dialect: Dialect, list: readonly Span[]): Promise<void> => {
      // One statement must not name a row twice; of spans sent twice in a batch the last one counts.
      const latest = [...new Map(list.map((span) => [`${span.traceId} ${span.id}`, span])).values()]
      const on = { db: untyped, dialect }
      await inFixedSlices(latest, (slice) =>
        upsert(
          on,
          slice.map((span) => rowOf(workspace, span)),
        ),
      )
    },
    /** The spans of some traces, by trace; of each the root first, then by start. */
    of: async (traceIds: readonly string[]): Promise<Map<string, Span[]>> => {
      const rows = await inSlices(traceIds, 400, (slice) =>
        spans()
          .select(['trace_id', 'content'])
          .where('trace_id', 'in', slice)
          .orderBy('trace_id')
          .orderBy((eb) => eb.case().when('parent_id', 'is', null).then(0).else(1).end())
          .orderBy('started_at_us')
          .orderBy('id')
          .execute(),
      )
      const byTrace = new Map<string, Span[]>(traceIds.map((id) => [id, []]))
      for (const { trace_id: id, content } of rows) byTrace.get(id)?.push(decodeJson(content) as Span) // as `put` wrote it
      return byTrace
    },
    /** What every span of a trace says it used, for sums over the whole trace. */
    usage: async (traceId: string): Promise<{ tokens: UsageNode[]; cost: UsageNode[] }> => {
      const rows = await spans().select('content').where('trace_id', '=', traceId).execute()
      const all = rows.map(({ content }) => decodeJson(content) as Span) // as `put` wrote it
      return {
        tokens: all.map((span) => usageNode(span, mlflow.usage)),
        cost: all.map((span) => usageNode(span, mlflow.cost)),
      }
    },
  }
}

function rowOf(workspace: string, span: Span): Row {
  const cost = numbersIn(span.attributes[mlflow.cost], ['input_cost', 'output_cost', 'total_cost']) ?? {}
  return [
    workspace,
    traceIdOf(span),
    span.id,
    span.parentId,
    span.name,
    textOf(span, mlflow.type),
    span.status.code,
    microsecondsOf(span.startNs),
    span.endNs === null ? null : microsecondsOf(span.endNs),
    textOf(span, mlflow.model),
    textOf(span, mlflow.provider),
    cost['input_cost'] ?? null,
    cost['output_cost'] ?? null,
    cost['total_cost'] ?? null,
    encodeJson(span),
  ]
}

function textOf(span: Span, attribute: string): string | null {
  const value = span.attributes[attribute]
  return typeof value === 'string' ? value.slice(0, 250) : null
}

import { rowsOfValues, statementOfRows } from '@millrace/kernel/db'
import type { Db, Dialect } from '@millrace/kernel/db'
import type { Kysely } from 'kysely'
import { inFixedSlices, inSlices } from './in-slices.ts'
import type { TraceTables } from './tables.ts'

export type LabelKind = 'tag' | 'metadata' | 'run' | 'prompt'

export interface Label {
  readonly traceId: string
  readonly kind: LabelKind
  readonly key: string
  readonly value: string
}

/** Characters of a value that the index holds. */
export const headLength = 200

type Row = readonly [string, string, string, string, string, string]

const upsert = statementOfRows<Row>(
  (rows) => `insert into traces_label (workspace, trace_id, kind, key, value, head) values ${rowsOfValues(rows, 6)}
  on conflict (workspace, trace_id, kind, key) do update set value = excluded.value, head = excluded.head`,
)

/** Tags, metadata, runs and prompts of the traces of one workspace. */
export function labelRows(db: Kysely<TraceTables>, untyped: Db, workspace: string) {
  return {
    put: async (dialect: Dialect, labels: readonly Label[]): Promise<void> => {
      const latest = new Map(labels.map((label) => [`${label.traceId}\n${label.kind}\n${label.key}`, label]))
      const on = { db: untyped, dialect }
      await inFixedSlices([...latest.values()], (slice) =>
        upsert(
          on,
          slice.map(({ traceId, kind, key, value }): Row => [
            workspace,
            traceId,
            kind,
            key,
            value,
            value.slice(0, headLength),
          ]),
        ),
      )
    },
    /** All labels of some traces, keys in order. */
    of: (traceIds: readonly string[]): Promise<Label[]> =>
      inSlices(traceIds, 400, async (slice) => {
        const rows = await db
          .selectFrom('traces_label')
          .select(['trace_id', 'kind', 'key', 'value'])
          .where('workspace', '=', workspace)
          .where('trace_id', 'in', slice)
          .orderBy('trace_id')
          .orderBy('kind')
          .orderBy('key')
          .execute()
        return rows.map(({ trace_id: traceId, kind, key, value }) => ({
          traceId,
          kind: kind as LabelKind, // as `put` wrote it
          key,
          value,
        }))
      }),
    /** Removes one; false when there is none. */
    remove: async (traceId: string, kind: LabelKind, key: string): Promise<boolean> => {
      const result = await db
        .deleteFrom('traces_label')
        .where('workspace', '=', workspace)
        .where('trace_id', '=', traceId)
        .where('kind', '=', kind)
        .where('key', '=', key)
        .executeTakeFirst()
      return result.numDeletedRows > 0n
    },
  }
}

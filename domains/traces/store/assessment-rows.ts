import type { Kysely } from 'kysely'
import type { Assessment } from '../model/assessment.ts'
import { numberOf } from '../model/assessment.ts'
import { known } from '../model/trace.ts'
import { inSlices } from './in-slices.ts'
import type { TraceTables } from './tables.ts'

type Row = TraceTables['traces_assessment']

/** The assessments of one workspace. */
export function assessmentRows(db: Kysely<TraceTables>, workspace: string) {
  const one = (traceId: string, id: string) => ({
    read: () =>
      db
        .selectFrom('traces_assessment')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('trace_id', '=', traceId)
        .where('id', '=', id),
    remove: () =>
      db
        .deleteFrom('traces_assessment')
        .where('workspace', '=', workspace)
        .where('trace_id', '=', traceId)
        .where('id', '=', id),
  })
  return {
    find: async (traceId: string, id: string): Promise<Assessment | undefined> => {
      const row = await one(traceId, id).read().executeTakeFirst()
      return row === undefined ? undefined : toAssessment(row)
    },
    /** Those of some traces, oldest first. */
    of: (traceIds: readonly string[]): Promise<Assessment[]> =>
      inSlices(traceIds, 400, async (slice) => {
        const rows = await db
          .selectFrom('traces_assessment')
          .selectAll()
          .where('workspace', '=', workspace)
          .where('trace_id', 'in', slice)
          .orderBy('created_at_ms')
          .orderBy('id')
          .execute()
        return rows.map(toAssessment)
      }),
    put: async (assessment: Assessment): Promise<void> => {
      const row = rowOf(workspace, assessment)
      const { workspace: _workspace, trace_id: _traceId, id: _id, ...changed } = row
      await db
        .insertInto('traces_assessment')
        .values(row)
        .onConflict((c) => c.columns(['workspace', 'trace_id', 'id']).doUpdateSet(changed))
        .execute()
    },
    setValid: async (traceId: string, id: string, valid: boolean): Promise<void> => {
      await db
        .updateTable('traces_assessment')
        .set({ valid: valid ? 1 : 0 })
        .where('workspace', '=', workspace)
        .where('trace_id', '=', traceId)
        .where('id', '=', id)
        .execute()
    },
    remove: (traceId: string, id: string) => one(traceId, id).remove().execute(),
  }
}

function rowOf(workspace: string, assessment: Assessment): Row {
  const { number, isNumber } = numberOf(assessment.value)
  return {
    workspace,
    trace_id: assessment.traceId,
    id: assessment.id,
    kind: assessment.kind,
    name: assessment.name,
    value: JSON.stringify(assessment.value),
    number,
    is_number: isNumber ? 1 : 0,
    error: assessment.error === null ? null : JSON.stringify(assessment.error),
    source_type: assessment.source.type,
    source_id: assessment.source.id,
    span_id: assessment.spanId,
    rationale: assessment.rationale,
    overrides: assessment.overrides,
    valid: assessment.valid ? 1 : 0,
    metadata: JSON.stringify(assessment.metadata),
    of_session: assessment.metadata[known.session] === undefined ? 0 : 1,
    created_at_ms: assessment.createdAtMs,
    updated_at_ms: assessment.updatedAtMs,
  }
}

function toAssessment(row: Row): Assessment {
  // Every cast here is of what `rowOf` wrote.
  return {
    id: row.id,
    traceId: row.trace_id,
    kind: row.kind as Assessment['kind'],
    name: row.name,
    value: JSON.parse(row.value) as Assessment['value'],
    error: row.error === null ? null : (JSON.parse(row.error) as Assessment['error']),
    source: { type: row.source_type as Assessment['source']['type'], id: row.source_id },
    spanId: row.span_id,
    rationale: row.rationale,
    overrides: row.overrides,
    valid: row.valid === 1,
    metadata: JSON.parse(row.metadata) as Assessment['metadata'],
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}

import { operations } from '@millrace/kernel'
import type { Db, Dialect } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { Trace } from '../model/trace.ts'
import { assessmentRows } from './assessment-rows.ts'
import { evaluationDatasets, evaluationRecords } from './evaluation-rows.ts'
import { labelRows } from './label-rows.ts'
import { queryMetrics } from './metric-query.ts'
import { scorerRows } from './scorer-rows.ts'
import { spanRows } from './span-rows.ts'
import type { TraceTables } from './tables.ts'
import type { TraceSearch } from './trace-search.ts'
import { countTraces, searchTraces } from './trace-search.ts'
import { traceRows, wholeTrace } from './trace-rows.ts'

/** The store of traces of one workspace. */
export function storeOf(untyped: Db, workspace: string) {
  const db = tables<TraceTables>(untyped)
  const traces = traceRows(db, untyped, workspace)
  const labels = labelRows(db, untyped, workspace)
  const assessments = assessmentRows(db, workspace)
  return {
    traces,
    labels,
    assessments,
    spans: spanRows(db, untyped, workspace),
    search: (dialect: Dialect, search: TraceSearch) => searchTraces(db, dialect, workspace, search),
    count: (dialect: Dialect, search: Pick<TraceSearch, 'experiments' | 'filters'>) =>
      countTraces(db, dialect, workspace, search),
    metrics: (experiments: readonly number[], query: Parameters<typeof queryMetrics>[3]) =>
      queryMetrics(db, workspace, experiments, query),
    evaluationDatasets: evaluationDatasets(db, workspace),
    evaluationRecords: evaluationRecords(db, workspace),
    scorers: scorerRows(db, workspace),
    /** Traces with all they carry, in the order of `ids`; those that are not here are left out. */
    whole: async (ids: readonly string[]): Promise<Trace[]> => {
      const rows = new Map((await traces.some(ids)).map((row) => [row.id, row]))
      const labelsOf = Map.groupBy(await labels.of(ids), ({ traceId }) => traceId)
      const assessmentsOf = Map.groupBy(await assessments.of(ids), ({ traceId }) => traceId)
      return ids.flatMap((id) => {
        const row = rows.get(id)
        return row === undefined ? [] : [wholeTrace(row, labelsOf.get(id) ?? [], assessmentsOf.get(id) ?? [])]
      })
    },
  }
}

export type TracesStore = ReturnType<typeof storeOf>

export const { action, query, ingest } = operations(storeOf)

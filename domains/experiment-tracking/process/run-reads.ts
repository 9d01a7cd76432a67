import type { ReadContext } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import type { ColumnField } from '../search/model/columns.ts'
import type { RunSearch } from '../search/model/run-search.ts'
import { columnsSince } from '../search/store/column-snapshots.ts'
import { countMatched } from '../search/store/matched-runs.ts'
import { readColumns } from '../search/store/run-columns.ts'
import type { FacetInput, Facets } from '../search/store/run-facets.ts'
import { facetsOf } from '../search/store/run-facets.ts'
import { runRows } from '../store/run-rows.ts'
import type { TrackingTables } from '../store/tables.ts'
import { findPage } from './reading.ts'

/** A search as it goes to a thread. */
export interface SearchInput {
  readonly search: RunSearch
  readonly nowMs: number
}

/** Columns of an experiment, as they go to a thread. */
export interface ColumnsInput {
  readonly workspace: string
  readonly experiment: number
  readonly view: RunSearch['view']
  readonly fields: readonly ColumnField[]
  readonly since: string | undefined
}

const runsAtOnce = 200

/** The reads of runs that reader threads run. */
export const reads = {
  /** One page of a search as the JSON of our own API. */
  searchRuns: async (context: ReadContext, input: SearchInput): Promise<{ bytes: Uint8Array }> => {
    const { ids, nextPageToken } = await findPage(context, input)
    const { workspace } = input.search
    const rows = runRows(tables<TrackingTables>(context.db), workspace)
    const parts: string[] = []
    for (let start = 0; start < ids.length; start += runsAtOnce) {
      context.throwIfCancelled()
      const slice = ids.slice(start, start + runsAtOnce)
      const byId = new Map((await rows.some(slice)).map((row) => [row.id, row]))
      const runs = await rows.whole(slice.flatMap((id) => byId.get(id) ?? []))
      parts.push(...runs.map((run) => JSON.stringify(run)))
    }
    const next = nextPageToken === undefined ? '' : `,"nextPageToken":${JSON.stringify(nextPageToken)}`
    return { bytes: new TextEncoder().encode(`{"items":[${parts.join(',')}]${next}}`) }
  },
  countRuns: (context: ReadContext, { search, nowMs }: SearchInput): Promise<number> =>
    countMatched(context, search, nowMs),
  facetRuns: (context: ReadContext, input: FacetInput): Promise<Facets> => facetsOf(context, input),
  readRunColumns: async (context: ReadContext, input: ColumnsInput): Promise<{ bytes: Uint8Array }> => {
    const { since, ...asked } = input
    return { bytes: columnsSince(JSON.stringify(asked), await readColumns(context, asked), since) }
  },
}

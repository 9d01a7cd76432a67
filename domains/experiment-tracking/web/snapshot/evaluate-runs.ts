import { evaluateQuery, type QueryField } from '@millrace/contract/query'
import { countValues, type FieldCount } from './count-values.ts'
import { fieldValue } from './field-value.ts'
import { groupRuns, type RunGroup } from './group-runs.ts'
import { orderRuns, type SortKey } from './order-runs.ts'
import { columnOfField, readQuery } from './read-query.ts'
import type { RunSnapshot } from './run-columns-form.ts'

/** What a page asks of a snapshot. */
export interface RunQuestion {
  readonly q: string
  /** Runs that the server found, where the query asks for what a snapshot does not hold. */
  readonly found: ReadonlySet<string> | null
  readonly sort: readonly SortKey[]
  readonly group: readonly string[]
  /** Columns whose values are counted among the runs found. */
  readonly facets: readonly string[]
  readonly nowMs: number
}

export interface RunAnswer {
  /** The runs found, in order, as rows of the snapshot. */
  readonly order: Uint32Array
  readonly groups: readonly RunGroup[]
  readonly facets: readonly FieldCount[]
}

/** Filters, sorts, groups and counts a snapshot. */
export function evaluateRuns(runs: RunSnapshot, asked: RunQuestion): RunAnswer {
  const order = orderRuns(runs, matchingRows(runs, asked), asked.sort)
  return {
    order,
    groups: asked.group.length === 0 ? [] : groupRuns(runs, order, asked.group, asked.sort[0] ?? null),
    facets: asked.facets.flatMap((field) => countValues(runs, order, field)),
  }
}

const types: Readonly<Record<string, 'time' | 'duration'>> = { started: 'time', ended: 'time', took: 'duration' }

function matchingRows(runs: RunSnapshot, { q, found, nowMs }: RunQuestion): Uint32Array {
  const all = Uint32Array.from(runs.ids.keys())
  if (found !== null) return all.filter((row) => found.has(runs.ids[row] ?? ''))
  const { query } = readQuery(q)
  if (query.kind === 'everything') return all
  let row = 0
  const at = {
    valueOf: (field: QueryField) => fieldValue(runs, columnOfField(field), row),
    typeOf: (field: QueryField) => types[field.name],
    nowMs,
  }
  return all.filter((each) => {
    row = each
    return evaluateQuery(query, at)
  })
}

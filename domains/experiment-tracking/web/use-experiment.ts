import { useLoad, type Problem } from '@millrace/ui/data'
import { lowerIsBetter } from '@millrace/ui/format'
import { parseSorts, type Sort } from '@millrace/ui/table'
import { useMemo, useState } from 'react'
import type { ExperimentState } from './experiment-state.ts'
import { judgedKey } from './judged-metric.ts'
import { experimentTopics } from './load-experiment.ts'
import type { RunQuestion } from './snapshot/evaluate-runs.ts'
import { findElsewhere, firstFields, loadFields, type RunField, type RunFields } from './snapshot/load-snapshot.ts'
import { readQuery, type ReadQuery } from './snapshot/read-query.ts'
import type { RunSnapshot } from './snapshot/run-columns-form.ts'
import { useAnswer, type Answered } from './snapshot/use-answer.ts'
import { useColumns } from './snapshot/use-columns.ts'
import { tellingParams } from './table/facets.ts'

/** The metric that says which run is best, and in which direction. */
export interface JudgedBy {
  metric: string
  higherIsBetter: boolean
}

/** Why the query did not work, and which piece of it; all runs are shown then. */
export interface QueryProblem {
  query: string
  message: string
  span: { readonly start: number; readonly end: number } | null
}

export interface ExperimentView {
  name: string
  /** The runs found, in order; null until the first answer. */
  found: Answered | null
  fields: readonly RunField[]
  data: RunFields['data'] | null
  judgedBy: JudgedBy | null
  sorts: readonly Sort[]
  queryProblem: QueryProblem | null
  /** Columns could not be fetched. */
  problem: Problem | null
  /** Says which columns are in sight, so that they are fetched. */
  onSight: (ids: readonly string[]) => void
}

const NO_FIELDS: readonly RunField[] = []
const ALWAYS = ['status', 'user']

/** All that the page knows of an experiment under the present state of its address. */
export function useExperiment(name: string, base: RunSnapshot, state: ExperimentState): ExperimentView {
  const known = useLoad({
    key: ['run-fields', name],
    load: (api, signal) => loadFields(api, name, signal),
    topics: experimentTopics,
  })
  const fields = known.data?.fields ?? NO_FIELDS
  const judgedBy = useMemo(() => judgedOf(fields), [fields])
  const sorts = useMemo(() => sortsOf(state.sort, judgedBy), [state.sort, judgedBy])
  const read = useMemo(() => readQuery(state.q.trim()), [state.q])
  const elsewhere = useElsewhere(name, state.q.trim(), read)
  const [inSight, setInSight] = useState<readonly string[]>([])
  const wanted = useMemo(() => {
    const asked = [...firstFields(fields), ...sorts.map(({ id }) => id), ...groupsOf(state.group), ...read.fields]
    return [...new Set([...asked, ...inSight])].filter((field) => /^(metrics|params|tags)\./.test(field))
  }, [fields, sorts, state.group, read, inSight])
  const { runs, problem } = useColumns(name, base, wanted)
  const telling = useMemo(() => tellingParams(runs), [runs])
  const { found, ready, q } = elsewhere
  const asked = useMemo<RunQuestion | null>(
    () =>
      ready
        ? {
            q,
            found,
            sort: sorts,
            group: groupsOf(state.group),
            facets: [...ALWAYS, ...telling],
            nowMs: Date.now(),
          }
        : null,
    [ready, q, found, sorts, state.group, telling],
  )
  return {
    name,
    found: useAnswer(runs, asked),
    fields,
    data: known.data?.data ?? null,
    judgedBy,
    sorts,
    queryProblem: elsewhere.problem,
    problem,
    onSight: setInSight,
  }
}

/** Fields to group by, as the address has them; a comma within one is `%2C`. */
export function groupsOf(text: string): string[] {
  return text
    .split(',')
    .filter(Boolean)
    .map((part) => part.replaceAll('%2C', ','))
}

function judgedOf(fields: readonly RunField[]): JudgedBy | null {
  const metrics = fields.filter(({ field }) => field.startsWith('metrics.'))
  const metric = judgedKey(metrics.map(({ field, runs }) => ({ key: field.slice(8), runs })))
  return metric === null ? null : { metric, higherIsBetter: !lowerIsBetter(metric) }
}

function sortsOf(text: string, judgedBy: JudgedBy | null): Sort[] {
  if (text !== '-') return parseSorts(text)
  return judgedBy === null ? [] : [{ id: `metrics.${judgedBy.metric}`, descending: judgedBy.higherIsBetter }]
}

/** What the server finds where a snapshot cannot say it, and what is wrong with a query. */
function useElsewhere(name: string, q: string, read: ReadQuery) {
  const query = read.elsewhere ? q : ''
  const load = useLoad<ReadonlySet<string> | null>({
    key: ['found-runs', name, query],
    load: (api, signal) => (query === '' ? Promise.resolve(null) : findElsewhere(api, name, query, signal)),
    topics: experimentTopics,
  })
  const refused = query !== '' && load.isError ? load.error : null
  const problem = problemOf(q, read, refused)
  // A refused query is as none: all runs are shown.
  if (query === '' || refused !== null) return { found: null, ready: true, problem, q: refused === null ? q : '' }
  const found = load.isPlaceholderData ? null : (load.data ?? null)
  return { found, ready: found !== null, problem, q }
}

function problemOf(query: string, { fault }: ReadQuery, refused: Problem | null): QueryProblem | null {
  if (fault !== null) return { query, message: fault.message, span: { start: fault.start, end: fault.end } }
  return refused === null ? null : { query, message: refused.message, span: refused.span }
}

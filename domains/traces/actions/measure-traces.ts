import * as contract from '../contract.ts'
import { normalisedMutualInformation } from '../model/correlation.ts'
import { parseTraceFilter } from '../model/trace-filter.ts'
import { checkMetricQuery, parseMetricFilter } from '../model/trace-metrics.ts'
import { query } from '../store/traces-store.ts'

/** Measures traces, spans or assessments. Throws `bad-metric-query`. */
export const measureTraces = query(contract.measureTraces, async ({ store, input }) => {
  const { view, metric, aggregations, dimensions, intervalMs, fromMs, toMs, limit } = input
  const asked = { view, metric, aggregations, dimensions, intervalMs, fromMs, toMs }
  checkMetricQuery(asked)
  const filters = input.filters.map((text) => parseMetricFilter(text, view))
  const rows = await store.metrics(input.experimentIds.map(Number), { ...asked, filters, limit })
  return {
    items: rows.map(({ bucketMs, dimensions: found, values }) => ({
      ...(bucketMs === undefined ? {} : { bucketMs }),
      dimensions: { ...found },
      values: [...values],
    })),
  }
})

/** Says how much two filters find the same traces. Throws `bad-filter`. */
export const correlateFilters = query(contract.correlateFilters, async ({ store, input, scope }) => {
  const experiments = input.experimentIds.map(Number)
  const [base, one, other] = [input.base, input.first, input.second].map(parseTraceFilter)
  const count = (...filters: (ReturnType<typeof parseTraceFilter> | undefined)[]) =>
    store.count(scope.dialect, { experiments, filters: filters.filter((clauses) => clauses !== undefined) })
  const counts = {
    total: await count(base),
    first: await count(base, one),
    second: await count(base, other),
    joint: await count(base, one, other),
  }
  const numberOrNull = (value: number) => (Number.isNaN(value) ? null : value)
  return {
    ...counts,
    npmi: numberOrNull(normalisedMutualInformation(counts, 0)),
    npmiSmoothed: numberOrNull(normalisedMutualInformation(counts, 0.5)),
  }
})

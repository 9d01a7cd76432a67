import { decodePageToken, encodePageToken } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { SpanView } from '../contract.ts'
import { parseTraceFilter, parseTraceOrder } from '../model/trace-filter.ts'
import { treeOrder } from '../model/span-tree.ts'
import { viewOf } from '../model/span.ts'
import type { TracesStore } from '../store/traces-store.ts'
import { query } from '../store/traces-store.ts'
import { experimentNumbers } from './find-experiment.ts'
import { wholeTrace } from './start-trace.ts'

/** Finds traces. Throws `bad-filter`; experiment-tracking's `experiment-not-found` for a name that is not there. */
export const searchTraces = query(contract.searchTraces, async ({ store, input, scope, ask }) => {
  const { offset, after } = positionOf(input.pageToken)
  const orders = input.orderBy.map(parseTraceOrder)
  const ids = await store.search(scope.dialect, {
    experiments: await experimentNumbers(ask, input.experiment),
    filters: [parseTraceFilter(input.filter)],
    orders,
    limit: input.limit,
    offset,
    ...(after === undefined ? {} : { after }),
  })
  const items = await store.whole(ids.slice(0, input.limit))
  const last = items.at(-1)
  if (ids.length <= input.limit || last === undefined) return { items }
  const next = orders.length > 0 ? [offset + input.limit] : [last.startedAtMs, last.id]
  return { items, nextPageToken: encodePageToken(next) }
})

/** Where a page begins: in the usual order behind a trace, in any other behind so many. */
function positionOf(token: string | undefined): { offset: number; after?: { startedAtMs: number; id: string } } {
  const [first, second] = token === undefined ? [] : (decodePageToken(token) ?? [])
  if (typeof first !== 'number') return { offset: 0 }
  return typeof second === 'string' ? { offset: 0, after: { startedAtMs: first, id: second } } : { offset: first }
}

/** Reads a trace with its spans as a tree. Throws `trace-not-found`. */
export const readTrace = query(contract.readTrace, async ({ store, input }) => ({
  ...(await wholeTrace(store, input.id)),
  spans: treeOrder(await spanViews(store, input.id)),
}))

/** Lists the spans of a trace. Throws `trace-not-found`. */
export const listSpans = query(contract.listSpans, async ({ store, input }) => {
  await wholeTrace(store, input.id)
  return { items: await spanViews(store, input.id) }
})

/** Reads traces by their ids, in the order asked for. */
export const readTraces = query(contract.readTraces, async ({ store, input }) => {
  const traces = await store.whole([...new Set(input.ids)])
  const spans = input.spans ? await store.spans.of(traces.map(({ id }) => id)) : new Map<string, never[]>()
  return { items: traces.map((trace) => ({ trace, spans: spans.get(trace.id) ?? [] })) }
})

async function spanViews(store: Pick<TracesStore, 'spans'>, id: string): Promise<SpanView[]> {
  const spans = await store.spans.of([id])
  return (spans.get(id) ?? []).map(viewOf)
}

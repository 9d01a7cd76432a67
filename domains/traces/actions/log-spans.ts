import { ref } from '@millrace/contract'
import type { Experiment } from '@millrace/experiment-tracking/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import * as contract from '../contract.ts'
import type { Attributes, Span } from '../model/span.ts'
import { traceIdOf } from '../model/span.ts'
import type { TraceSummary } from '../model/summarize-spans.ts'
import { summarizeSpans, tokenColumns, totalCost, totalTokens } from '../model/summarize-spans.ts'
import { known, ourSpans } from '../model/trace.ts'
import { mlflow, translateAttributes } from '../model/translate-attributes.ts'
import type { Label } from '../store/label-rows.ts'
import type { TraceRow } from '../store/trace-rows.ts'
import type { TracesStore } from '../store/traces-store.ts'
import { ingest } from '../store/traces-store.ts'
import { findExperiment } from './find-experiment.ts'
import { empty } from './start-trace.ts'

export interface SpanBatch {
  readonly experimentId: string
  /** The run that the traces belong to. */
  readonly runId?: string
  readonly spans: readonly Span[]
}

/**
 * Logs spans as they come from outside: attributes that other conventions write are understood first. Traces that are not
 * there yet are made. Throws experiment-tracking's `experiment-not-found`, `experiment-deleted`.
 */
export async function logForeignSpans(runtime: Runtime, context: CallContext, batch: SpanBatch): Promise<void> {
  const spans = batch.spans.map((span) => ({ ...span, attributes: understood(span) }))
  await runtime.runner.ingest(logSpans, { ...batch, spans }, context)
}

/** Attributes with their trace's id; a root span that MLflow's own client did not make also says which service it is of. */
function understood(span: Span): Attributes {
  const service = span.resource['service.name']
  const named = span.parentId === null && span.attributes[mlflow.traceId] === undefined && service !== undefined
  return {
    ...(named ? { 'service.name': service } : {}),
    ...translateAttributes(span.attributes),
    [mlflow.traceId]: traceIdOf(span),
  }
}

/** Logs spans, all or none of them. */
export const logSpans = ingest(contract.logSpans, async ({ store, input, scope, ask }) => {
  const experiment = await findExperiment(ask, input.experimentId)
  const batches = Map.groupBy(input.spans, traceIdOf)
  const before = new Map((await store.traces.some([...batches.keys()])).map((row) => [row.id, row]))
  await store.spans.put(scope.dialect, input.spans)
  const rows: TraceRow[] = []
  const labels: Label[] = []
  // In order of ids, so that writers that meet on PostgreSQL lock rows in one order.
  for (const [id, spans] of [...batches].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const told = await tell(store, experiment, { id, row: before.get(id), summary: summarizeSpans(spans) })
    rows.push(told.row)
    labels.push(...told.labels)
    if (input.runId !== undefined) labels.push({ traceId: id, kind: 'run', key: input.runId, value: '' })
  }
  await store.traces.put(scope.dialect, rows)
  await store.labels.put(scope.dialect, labels)
  const digest = `${input.spans.length} ${input.spans[0]?.id} ${input.spans.at(-1)?.id}`
  return { answer: {}, counted: { source: ref('experiment', `#${experiment.id}`), rows: input.spans.length, digest } }
})

interface Known {
  readonly id: string
  readonly row: TraceRow | undefined
  readonly summary: TraceSummary
}

/** What a trace's row and labels become when its spans are known. */
async function tell(
  store: TracesStore,
  experiment: Experiment,
  { id, row, summary }: Known,
): Promise<{ row: TraceRow; labels: Label[] }> {
  const tag = (key: string, value: string): Label => ({ traceId: id, kind: 'tag', key, value })
  const { [known.name]: name, ...tags } = summary.tags
  const labels = [...Object.entries(tags).map(([key, value]) => tag(key, value)), tag(known.spansLocation, ourSpans)]
  if (row === undefined) labels.push(tag(known.artifactLocation, `${experiment.artifactRoot}/traces/${id}/artifacts`))
  const metadata = await metadataOf(store, { id, row, summary })
  for (const [key, value] of Object.entries(metadata)) labels.push({ traceId: id, kind: 'metadata', key, value })
  const old = row ?? { ...empty(id), experiment: experiment.number, started_at_ms: summary.startedAtMs }
  const usage = metadata[known.tokenUsage]
  return {
    labels,
    row: {
      ...old,
      ...(old.finalized === 1 ? {} : timesOf(old, row === undefined, summary)),
      ...(name === undefined ? {} : { name }),
      ...(usage === undefined ? {} : tokenColumns(usage)),
      ...leftOpen(old, summary),
    },
  }
}

/** What nobody has said yet. */
function leftOpen(old: TraceRow, summary: TraceSummary): Partial<TraceRow> {
  const isOpen = old.state === 'in_progress' || old.state === 'unspecified'
  return {
    state: isOpen ? (summary.state ?? old.state) : old.state,
    root_name: summary.rootName ?? old.root_name,
    request_preview: old.request_preview ?? summary.requestPreview,
    response_preview: old.response_preview ?? summary.responsePreview,
    session_id: old.session_id ?? summary.sessionId,
  }
}

/** From the first start to the last end that are known so far. */
function timesOf(old: TraceRow, isNew: boolean, { startedAtMs, endedAtMs }: TraceSummary): Partial<TraceRow> {
  const start = isNew ? startedAtMs : Math.min(old.started_at_ms, startedAtMs)
  const before = old.duration_ms === null ? null : old.started_at_ms + old.duration_ms
  const end = endedAtMs === null ? before : Math.max(endedAtMs, before ?? endedAtMs)
  return { started_at_ms: start, duration_ms: end === null ? null : Math.max(0, end - start) }
}

/** Tokens, money and user of a trace, where its spans say them and its maker has not. */
async function metadataOf(store: TracesStore, { id, row, summary }: Known): Promise<Record<string, string>> {
  const { user } = summary
  const said = { tokens: says(summary.usage), cost: says(summary.cost), user: user !== null }
  if (!Object.values(said).includes(true)) return {}
  const there = row === undefined ? new Set<string>() : await metadataKeys(store, id)
  const isOpen = (key: string) => row?.finalized !== 1 || !there.has(key)
  // A parent and its children may come in different batches, so the sum is made over all spans of the trace.
  const all = row === undefined ? { tokens: summary.usage, cost: summary.cost } : await store.spans.usage(id)
  return {
    ...(user !== null && !there.has(known.user) ? { [known.user]: user } : {}),
    ...(said.tokens && isOpen(known.tokenUsage) ? summed(known.tokenUsage, totalTokens(all.tokens)) : {}),
    ...(said.cost && isOpen(known.cost) ? summed(known.cost, totalCost(all.cost)) : {}),
  }
}

function summed(key: string, sum: Record<string, number> | undefined): Record<string, string> {
  return sum === undefined ? {} : { [key]: JSON.stringify(sum) }
}

function says(nodes: TraceSummary['usage']): boolean {
  return nodes.some(({ usage }) => usage !== null)
}

async function metadataKeys(store: Pick<TracesStore, 'labels'>, id: string): Promise<Set<string>> {
  const labels = await store.labels.of([id])
  return new Set(labels.filter(({ kind }) => kind === 'metadata').map(({ key }) => key))
}

import { ref } from '@millrace/contract'
import type { InputOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { NewAssessment } from '../model/assessment.ts'
import type { Assessment, Trace } from '../contract.ts'
import { tokenColumns } from '../model/summarize-spans.ts'
import { known } from '../model/trace.ts'
import type { Label } from '../store/label-rows.ts'
import type { TraceRow } from '../store/trace-rows.ts'
import type { TracesStore } from '../store/traces-store.ts'
import { ingest } from '../store/traces-store.ts'
import { findExperiment } from './find-experiment.ts'

const { problem } = contract

/** Describes a trace. Sent again it says the same again. Throws experiment-tracking's `experiment-not-found`, `experiment-deleted`. */
export const startTrace = ingest(contract.startTrace, async ({ store, input, scope, ask, nowMs, newHexId }) => {
  const experiment = await findExperiment(ask, input.experimentId)
  const id = input.id ?? `tr-${newHexId()}`
  const before = await store.traces.find(id)
  const described = { ...describedRow(before ?? empty(id), input), experiment: experiment.number }
  await store.traces.put(scope.dialect, [described])
  const tags = { ...input.tags, [known.artifactLocation]: `${experiment.artifactRoot}/traces/${id}/artifacts` }
  const metadata = input.final ? { ...input.metadata, [known.finalized]: 'true' } : input.metadata
  await store.labels.put(scope.dialect, labelsOf(id, tags, metadata))
  for (const given of input.assessments) await store.assessments.put(newAssessment(given, id, nowMs, newHexId))
  return {
    answer: await wholeTrace(store, id),
    counted: { source: ref('experiment', `#${experiment.id}`), rows: 1, digest: id },
  }
})

/** What is said of a trace wins over what is known of it; a preview that is not sent stays. */
function describedRow(before: TraceRow, input: InputOf<typeof contract.startTrace>): TraceRow {
  return {
    ...before,
    state: input.state,
    started_at_ms: input.startedAtMs,
    duration_ms: input.durationMs === null ? null : Math.round(input.durationMs),
    client_request_id: input.clientRequestId,
    request_preview: input.requestPreview ?? before.request_preview,
    response_preview: input.responsePreview ?? before.response_preview,
    finalized: input.final ? 1 : before.finalized,
    ...namedIn(input),
  }
}

/** Ends a trace that was started before. Throws `trace-not-found`. */
export const endTrace = ingest(contract.endTrace, async ({ store, input, scope }) => {
  const before = await store.traces.find(input.id)
  if (before === undefined) throw problem['trace-not-found']({ id: input.id })
  const ended = {
    ...before,
    state: input.state,
    duration_ms: input.endedAtMs - before.started_at_ms,
    ...namedIn(input),
  }
  await store.traces.put(scope.dialect, [ended])
  await store.labels.put(scope.dialect, labelsOf(input.id, input.tags, input.metadata))
  const counted = { source: ref('experiment', `#${before.experiment}`), rows: 1, digest: input.id }
  return { answer: await wholeTrace(store, input.id), counted }
})

/** A row that says nothing yet. */
export function empty(id: string): TraceRow {
  return {
    id,
    experiment: 0,
    name: null,
    root_name: null,
    state: 'in_progress',
    started_at_ms: 0,
    duration_ms: null,
    client_request_id: null,
    request_preview: null,
    response_preview: null,
    session_id: null,
    finalized: 0,
    ...tokenColumns(undefined),
  }
}

/** What tags and metadata say that has a column of its own. */
function namedIn({ tags, metadata }: Pick<Trace, 'tags' | 'metadata'>): Partial<TraceRow> {
  const name = tags[known.name]
  const session = metadata[known.session]
  const usage = metadata[known.tokenUsage]
  return {
    ...(name === undefined ? {} : { name }),
    ...(session === undefined ? {} : { session_id: session.slice(0, 250) }),
    ...(usage === undefined ? {} : tokenColumns(usage)),
  }
}

function labelsOf(traceId: string, tags: Trace['tags'], metadata: Trace['metadata']): Label[] {
  const of = (kind: 'tag' | 'metadata', texts: Readonly<Record<string, string>>, column: string): Label[] =>
    Object.entries(texts)
      .filter(([key]) => key !== column)
      .map(([key, value]) => ({ traceId, kind, key, value }))
  return [...of('tag', tags, known.name), ...of('metadata', metadata, known.session)]
}

/** An assessment with what it did not bring along. */
export function newAssessment(
  given: NewAssessment,
  traceId: string,
  nowMs: number,
  newHexId: () => string,
): Assessment {
  return {
    ...given,
    id: given.id ?? `a-${newHexId()}`,
    traceId,
    createdAtMs: given.createdAtMs ?? nowMs,
    updatedAtMs: given.updatedAtMs ?? nowMs,
  }
}

/** A trace with all it carries. Throws `trace-not-found`. */
export async function wholeTrace(store: Pick<TracesStore, 'whole'>, id: string): Promise<Trace> {
  const [trace] = await store.whole([id])
  if (trace === undefined) throw problem['trace-not-found']({ id })
  return trace
}

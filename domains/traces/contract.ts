import { Done, endpoint, EpochMs, page, ref } from '@millrace/contract'
import { z } from 'zod'
import { Assessment, AssessmentError, NewAssessment } from './model/assessment.ts'
import { problem } from './model/problems.ts'
import type { Span } from './model/span.ts'
import { SpanView } from './model/span.ts'
import { ExperimentId, OneOrMore, plainText, Trace, TraceDescription, TraceId, TraceState } from './model/trace.ts'
import { Aggregation, MetricView } from './model/trace-metrics.ts'

export { problem } from './model/problems.ts'
export { Assessment, NewAssessment } from './model/assessment.ts'
export { EvaluationDataset, EvaluationRecord, RecordContent } from './model/evaluation-dataset.ts'
export * from './model/evaluation-endpoints.ts'
export { Sampling, ScorerVersion } from './model/scorer.ts'
export { SpanView } from './model/span.ts'
export type { Attributes, AttributeValue, Span, SpanEvent, SpanLink } from './model/span.ts'
export { ExperimentId, Trace, TraceDescription, TraceId, TraceState } from './model/trace.ts'
export type { Aggregation, MetricView } from './model/trace-metrics.ts'

const read = 'traces:read'
const write = 'traces:write'
const onTrace = (input: { id: string }) => ref('trace', input.id)
const onExperiment = (input: { experimentId: string }) => ref('experiment', `#${input.experimentId}`)
const TraceInput = z.object({ id: TraceId })
const Texts = z.record(z.string().min(1).max(250), z.string())
export const startTrace = endpoint({
  name: 'traces.start-trace',
  method: 'POST',
  path: '/traces',
  summary: 'Describes a trace: at its start, or whole at its end. What spans have already said is corrected',
  needs: { permission: write, on: onExperiment },
  input: TraceDescription.extend({
    /** Left out: a new one. */
    id: TraceId.optional(),
    assessments: z.array(NewAssessment).max(1000).default([]),
    /** What is said here is final: spans that come later only fill in what was left open. */
    final: z.boolean().default(true),
  }),
  output: Trace,
})

export const endTrace = endpoint({
  name: 'traces.end-trace',
  method: 'PATCH',
  path: '/traces/{id}',
  summary: 'Ends a trace that was started before',
  needs: { permission: write, on: onTrace },
  input: TraceInput.extend({
    endedAtMs: EpochMs,
    state: TraceState,
    tags: Texts.default({}),
    metadata: Texts.default({}),
  }),
  output: Trace,
  problems: [problem['trace-not-found']],
})

/** Not an address: spans come by OTLP. Those that are there already are replaced, so a batch may be sent again. */
export const logSpans = endpoint({
  name: 'traces.log-spans',
  method: 'POST',
  path: '/logged-spans',
  summary: 'Logs spans; traces that are not there yet are made',
  needs: { permission: write, on: onExperiment },
  input: z.object({
    experimentId: ExperimentId,
    runId: z.string().optional(),
    spans: z.custom<readonly Span[]>((value) => Array.isArray(value)),
  }),
  output: Done,
})

export const searchTraces = endpoint({
  name: 'traces.search-traces',
  method: 'GET',
  path: '/traces',
  summary:
    "Finds traces: trace.status = 'ERROR' and tags.team = 'a' and span.name = 'retrieve' and feedback.correct = 'false'; newest first",
  needs: { permission: read },
  input: z.object({
    /** Names, or numbers as `#7`; left out: all experiments. */
    experiment: OneOrMore.optional(),
    filter: plainText(20_000).default(''),
    /** Such as `execution_time_ms DESC`. Traces without the value come last in both directions. */
    orderBy: OneOrMore.default([]),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    pageToken: z.string().max(1024).optional(),
  }),
  output: page(Trace),
  problems: [problem['bad-filter']],
})

export const readTrace = endpoint({
  name: 'traces.read-trace',
  method: 'GET',
  path: '/traces/{id}',
  summary: 'Reads a trace with its spans as a tree: each behind its parent, with its depth',
  needs: { permission: read, on: onTrace },
  input: TraceInput,
  output: Trace.extend({ spans: z.array(SpanView.extend({ depth: z.int().min(0) })) }),
  problems: [problem['trace-not-found']],
})

export const listSpans = endpoint({
  name: 'traces.list-spans',
  method: 'GET',
  path: '/traces/{id}/spans',
  summary: 'Lists the spans of a trace, the root first, then by start',
  needs: { permission: read, on: onTrace },
  input: TraceInput,
  output: z.object({ items: z.array(SpanView) }),
  problems: [problem['trace-not-found']],
})

/** Not an address: whole traces for those who speak for other systems. Ids that are not here are left out. */
export const readTraces = endpoint({
  name: 'traces.read-traces',
  method: 'POST',
  path: '/read-traces',
  summary: 'Reads traces, with their spans when asked for',
  needs: { permission: read },
  input: z.object({ ids: z.array(plainText(250)).max(1000), spans: z.boolean().default(false) }),
  output: z.object({ items: z.array(z.custom<{ trace: Trace; spans: readonly Span[] }>()) }),
})

export const deleteTraces = endpoint({
  name: 'traces.delete-traces',
  method: 'POST',
  path: '/traces/deletion',
  summary: 'Deletes traces of an experiment: those named, or the oldest up to a time',
  needs: { permission: write, on: onExperiment },
  input: z.object({
    experimentId: ExperimentId,
    ids: z.array(plainText(250)).max(10_000).default([]),
    beforeMs: EpochMs.optional(),
    limit: z.int().optional(),
  }),
  output: z.object({ deleted: z.int() }),
  problems: [problem['bad-deletion']],
})

export const tagTrace = endpoint({
  name: 'traces.tag-trace',
  method: 'POST',
  path: '/traces/{id}/tags',
  summary: 'Sets tags of a trace; null removes one that is there',
  needs: { permission: write, on: onTrace },
  input: TraceInput.extend({ tags: z.record(z.string().min(1).max(250), z.string().nullable()) }),
  output: Done,
  problems: [problem['trace-not-found'], problem['tag-not-found'], problem['tag-protected']],
})

export const linkTraces = endpoint({
  name: 'traces.link-traces',
  method: 'POST',
  path: '/traces/links',
  summary: 'Says that traces belong to a run, or that a trace used prompts (name/version)',
  needs: { permission: write },
  input: z.object({
    ids: z.array(plainText(250)).max(100),
    runId: z.string().min(1).max(256).optional(),
    prompts: z.array(z.string().min(1).max(250)).max(100).default([]),
  }),
  output: Done,
  problems: [problem['trace-not-found']],
})

const AssessmentInput = z.object({ id: TraceId, assessmentId: plainText(128) })

export const addAssessment = endpoint({
  name: 'traces.add-assessment',
  method: 'POST',
  path: '/traces/{id}/assessments',
  summary: 'Adds feedback or an expectation to a trace; one that overrides another makes that invalid',
  needs: { permission: write, on: onTrace },
  input: TraceInput.extend({ assessment: NewAssessment }),
  output: Assessment,
  problems: [problem['trace-not-found'], problem['assessment-not-found'], problem['assessment-exists']],
  status: 201,
})

export const changeAssessment = endpoint({
  name: 'traces.change-assessment',
  method: 'PATCH',
  path: '/traces/{id}/assessments/{assessmentId}',
  summary: 'Changes name, value, rationale or validity of an assessment; metadata are added',
  needs: { permission: write, on: onTrace },
  input: AssessmentInput.extend({
    name: z.string().optional(),
    kind: Assessment.shape.kind.optional(),
    value: z.json().optional(),
    error: AssessmentError.nullable().optional(),
    rationale: z.string().optional(),
    metadata: z.record(z.string(), z.string()).default({}),
    valid: z.boolean().optional(),
  }),
  output: Assessment,
  problems: [problem['assessment-not-found'], problem['assessment-kind']],
})

export const readAssessment = endpoint({
  name: 'traces.read-assessment',
  method: 'GET',
  path: '/traces/{id}/assessments/{assessmentId}',
  summary: 'Reads an assessment',
  needs: { permission: read, on: onTrace },
  input: AssessmentInput,
  output: Assessment,
  problems: [problem['assessment-not-found']],
})

export const deleteAssessment = endpoint({
  name: 'traces.delete-assessment',
  method: 'DELETE',
  path: '/traces/{id}/assessments/{assessmentId}',
  summary: 'Deletes an assessment; the one it overrode is valid again',
  needs: { permission: write, on: onTrace },
  input: AssessmentInput,
  output: Done,
})

export const measureTraces = endpoint({
  name: 'traces.measure-traces',
  method: 'POST',
  path: '/trace-metrics',
  summary: 'Counts and measures traces, spans or assessments, by time and by what tells them apart',
  needs: { permission: read },
  input: z.object({
    experimentIds: z.array(ExperimentId).max(1000),
    view: MetricView,
    metric: z.string(),
    aggregations: z.array(Aggregation).min(1).max(20),
    dimensions: z.array(z.string()).max(5).default([]),
    filters: z.array(z.string().max(2000)).max(50).default([]),
    intervalMs: z.int().min(1000).optional(),
    fromMs: EpochMs.optional(),
    toMs: EpochMs.optional(),
    limit: z.int().min(1).max(10_000).default(1000),
  }),
  output: z.object({
    items: z.array(
      z.object({
        bucketMs: z.number().optional(),
        dimensions: z.record(z.string(), z.string()),
        /** In the order of `aggregations`. */
        values: z.array(z.number().nullable()),
      }),
    ),
  }),
  problems: [problem['bad-metric-query']],
})

export const correlateFilters = endpoint({
  name: 'traces.correlate-filters',
  method: 'POST',
  path: '/trace-correlations',
  summary: 'Says how much two filters find the same traces (normalised mutual information, -1 to 1)',
  needs: { permission: read },
  input: z.object({
    experimentIds: z.array(ExperimentId).max(1000),
    first: z.string().max(20_000),
    second: z.string().max(20_000),
    /** Both are looked for among these alone. */
    base: z.string().max(20_000).default(''),
  }),
  output: z.object({
    /** Null where one of them finds nothing. */
    npmi: z.number().nullable(),
    npmiSmoothed: z.number().nullable(),
    first: z.int(),
    second: z.int(),
    joint: z.int(),
    total: z.int(),
  }),
  problems: [problem['bad-filter']],
})

import { EpochMs } from '@millrace/contract'
import { z } from 'zod'

/** A trace's id has the form that MLflow's clients expect. */
export const TraceId = z
  .string()
  .regex(/^tr-[0-9a-f]{32}$/, 'is not the id of a trace')
  .brand<'trace'>()

/** What happened inside one call, from its first span to its last. */
export const Trace = z.object({
  id: TraceId,
  experimentId: z.string(),
  state: z.enum(['in_progress', 'ok', 'error']),
  startedAtMs: EpochMs,
  durationMs: z.number().min(0).nullable(),
  tags: z.record(z.string(), z.string()),
})
export type Trace = z.infer<typeof Trace>

/** One step of a trace. Ids are those of OpenTelemetry: 16 hexadecimal characters. */
export const Span = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'is not the id of a span'),
  traceId: TraceId,
  parentId: z.string().nullable(),
  name: z.string(),
  kind: z.enum(['llm', 'chain', 'tool', 'retriever', 'embedding', 'agent', 'other']),
  startedAtMs: z.number(),
  durationMs: z.number().min(0).nullable(),
  attributes: z.record(z.string(), z.unknown()),
})
export type Span = z.infer<typeof Span>

/** A judgement of a trace: by a person, by a program, or by a model. */
export const Assessment = z.object({
  traceId: TraceId,
  name: z.string(),
  value: z.union([z.number(), z.boolean(), z.string()]),
  source: z.enum(['person', 'program', 'model']),
  rationale: z.string().optional(),
  createdAtMs: EpochMs,
})
export type Assessment = z.infer<typeof Assessment>

import { EpochMs } from '@millrace/contract'
import { z } from 'zod'

export const AssessmentKind = z.enum(['feedback', 'expectation', 'issue'])

/** Why there is no value: what went wrong while judging. */
export const AssessmentError = z.object({
  code: z.string(),
  message: z.string().optional(),
  stackTrace: z.string().optional(),
})

/** A judgement of a trace or of one of its spans: by a person, by a program, or by a model. */
export const Assessment = z.object({
  id: z.string().min(1).max(128),
  traceId: z.string(),
  kind: AssessmentKind,
  /** What is judged; of an issue, its id. */
  name: z.string(),
  /** Any JSON value. */
  value: z.json(),
  error: AssessmentError.nullable(),
  source: z.object({ type: z.enum(['person', 'model', 'program', 'unspecified']), id: z.string() }),
  spanId: z.string().nullable(),
  rationale: z.string().nullable(),
  /** The assessment that this one replaces. */
  overrides: z.string().nullable(),
  /** False once another one replaces it. */
  valid: z.boolean(),
  metadata: z.record(z.string(), z.string()),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
})
export type Assessment = z.infer<typeof Assessment>

/** An assessment before it has an id, a trace and times. */
export const NewAssessment = Assessment.pick({ kind: true, name: true, value: true }).extend({
  id: Assessment.shape.id.optional(),
  error: AssessmentError.nullable().default(null),
  source: Assessment.shape.source.default({ type: 'program', id: 'default' }),
  spanId: z.string().nullable().default(null),
  rationale: z.string().nullable().default(null),
  overrides: z.string().nullable().default(null),
  valid: z.boolean().default(true),
  metadata: z.record(z.string(), z.string()).default({}),
  createdAtMs: EpochMs.optional(),
  updatedAtMs: EpochMs.optional(),
})
export type NewAssessment = z.output<typeof NewAssessment>

/** What an average takes of a value: numbers as they are; yes and no, true and false as 1 and 0, but not as numbers. */
export function numberOf(value: unknown): { number: number | null; isNumber: boolean } {
  if (typeof value === 'boolean') return { number: value ? 1 : 0, isNumber: false }
  if (typeof value === 'number') return { number: value, isNumber: true }
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (word === 'yes' || word === 'no') return { number: word === 'yes' ? 1 : 0, isNumber: false }
  return { number: null, isNumber: false }
}

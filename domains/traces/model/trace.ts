import { EpochMs } from '@millrace/contract'
import { z } from 'zod'
import { Assessment } from './assessment.ts'

/** A trace's id: MLflow's clients write `tr-` and 32 hexadecimal characters, and may bring ids of their own. */
export const TraceId = z
  .string()
  .min(1)
  .max(250)
  // oxlint-disable-next-line no-control-regex -- no control characters, which PostgreSQL or a log could not take
  .regex(/^[^\u0000-\u001f]+$/, 'is not the id of a trace')
  .brand<'trace'>()

/** The number of an experiment, as text: `7`. */
export const ExperimentId = z.string().regex(/^\d{1,15}$/, 'is not the number of an experiment')

/** A text without U+0000, which an address may carry and PostgreSQL refuses. */
export function plainText(mostCharacters: number) {
  return z
    .string()
    .max(mostCharacters)
    .refine((text) => !text.includes('\u0000'), 'holds the character U+0000, which cannot be stored')
}

/** One text or several; in a query one is not yet a list. */
export const OneOrMore = z.union([plainText(20_000), z.array(plainText(20_000))]).transform((value) => [value].flat())

export const TraceState = z.enum(['in_progress', 'ok', 'error', 'unspecified'])
export type TraceState = z.infer<typeof TraceState>

const Texts = z.record(z.string(), z.string())

/** What happened inside one call, from its first span to its last. */
export const Trace = z.object({
  id: TraceId,
  experimentId: ExperimentId,
  /** Its given name, else its first span's. */
  name: z.string().nullable(),
  state: TraceState,
  startedAtMs: EpochMs,
  durationMs: z.number().nullable(),
  clientRequestId: z.string().nullable(),
  /** The beginning of what went in and came out. */
  requestPreview: z.string().nullable(),
  responsePreview: z.string().nullable(),
  sessionId: z.string().nullable(),
  tags: Texts,
  metadata: Texts,
  runIds: z.array(z.string()),
  assessments: z.array(Assessment),
})
export type Trace = z.infer<typeof Trace>

/** The tag and metadata keys that mean something here; the words are MLflow's. */
export const known = {
  name: 'mlflow.traceName',
  session: 'mlflow.trace.session',
  user: 'mlflow.trace.user',
  sourceRun: 'mlflow.sourceRun',
  sizeStats: 'mlflow.trace.sizeStats',
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
  finalized: 'mlflow.trace.infoFinalized',
  spansLocation: 'mlflow.trace.spansLocation',
  artifactLocation: 'mlflow.artifactLocation',
} as const

/** Where a trace's spans are, in MLflow's words: with us. */
export const ourSpans = 'TRACKING_STORE'

/** Tags that only the server writes. */
export const protectedTags: ReadonlySet<string> = new Set([known.spansLocation, 'mlflow.trace.archiveLocation'])

/** A trace as whoever made it describes it. */
export const TraceDescription = Trace.pick({ id: true, experimentId: true }).extend({
  state: TraceState.default('in_progress'),
  startedAtMs: EpochMs,
  /** Kept in whole milliseconds. */
  durationMs: z.number().min(-8_640_000_000_000_000).max(8_640_000_000_000_000).nullable().default(null),
  clientRequestId: z.string().nullable().default(null),
  requestPreview: z.string().nullable().default(null),
  responsePreview: z.string().nullable().default(null),
  tags: Texts.default({}),
  metadata: Texts.default({}),
})
export type TraceDescription = z.infer<typeof TraceDescription>

import { EpochMs } from '@millrace/contract'
import { Digest, FilePath } from '@millrace/datasets/contract'
import { z } from 'zod'
import { Retention } from '../retention/model/retention.ts'

// Control characters never belong in a name or a key; everything else that clients of other systems send is kept.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const printable = /^[^\u0000-\u001f\u007f]*$/

export const ExperimentName = z.string().min(1).max(500).regex(printable, 'may not hold control characters')
/** 32 hexadecimal digits, unless the caller brought an id of its own. */
export const RunId = z
  .string()
  .regex(/^[A-Za-z0-9][\w-]{0,127}$/, 'is not the id of a run')
  .brand<'run'>()
export type RunId = z.infer<typeof RunId>
export const Key = z.string().min(1).max(250).regex(printable, 'may not hold control characters')

export const ExperimentSpec = z.object({
  description: z.string().max(10_000).default(''),
  tags: z.record(Key, z.string().max(5000)).default({}),
  retention: Retention.optional(),
})
export type ExperimentSpec = z.infer<typeof ExperimentSpec>

/** Runs that belong together. `id` is `number` as text: whole, unique on a server, 0 is Default. */
export const Experiment = z.object({
  id: z.string(),
  number: z.int(),
  name: ExperimentName,
  /** Where its runs' artifacts go: `mlflow-artifacts:/<number>` is this server's own store. */
  artifactRoot: z.string(),
  deleted: z.boolean(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  spec: ExperimentSpec,
})
export type Experiment = z.infer<typeof Experiment>

export const RunStatus = z.enum(['scheduled', 'running', 'finished', 'failed', 'killed'])
export type RunStatus = z.infer<typeof RunStatus>

/** A measured number. JSON has no NaN and no infinities, so they are written as text. */
export const MetricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
export type MetricValue = z.infer<typeof MetricValue>

/** Which code ran. `versionId` names compute's code version where there is one; it draws the edge `used_code`. */
export const RunCode = z.object({
  versionId: z.string().max(128).optional(),
  gitCommit: z.string().max(128).optional(),
  gitBranch: z.string().max(500).optional(),
  gitRepository: z.string().max(2000).optional(),
  dirty: z.boolean().optional(),
  patchDigest: z.string().max(128).optional(),
  filesDigest: z.string().max(128).optional(),
  entryPoint: z.string().max(4096).optional(),
})
export type RunCode = z.infer<typeof RunCode>

/** Data a run used: a version of ours (`versionId`), or one that only its client knows (`name` and `digest` are the client's). */
export const RunData = z.object({
  name: z.string(),
  digest: z.string(),
  versionId: z.string().nullable(),
  context: z.string(),
  /** What a client said of data that is not ours (its source, schema, profile and tags), as it sent it. */
  details: z.record(z.string(), z.unknown()).optional(),
})
export type RunData = z.infer<typeof RunData>

/** A step: a number, also with a fraction; an integer beyond 2^53 as its digits. */
export const StepNumber = z.union([z.number(), z.string().regex(/^-?\d{1,19}$/)])
/** A time in epoch milliseconds; an integer beyond 2^53 as its digits. */
export const TimeNumber = z.union([z.int(), z.string().regex(/^-?\d{1,19}$/)])

/**
 * What is known of a metric's series beside its latest value: where that stands, how many points there are, and their range.
 * Least and greatest leave NaN out; their steps are the first where they were reached. The mean is of finite values.
 */
export const MetricSummary = z.object({
  step: StepNumber,
  timestampMs: TimeNumber,
  points: z.int(),
  min: MetricValue.nullable(),
  max: MetricValue.nullable(),
  minStep: z.number().nullable(),
  maxStep: z.number().nullable(),
  first: MetricValue,
  mean: z.number().nullable(),
})
export type MetricSummary = z.infer<typeof MetricSummary>

/** One attempt, with everything it said of itself. `metrics` holds each key's latest value: by step, then time, then value. */
export const Run = z.object({
  id: RunId,
  experimentId: z.string(),
  experiment: ExperimentName,
  name: z.string(),
  status: RunStatus,
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  params: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), MetricValue),
  metricSummaries: z.record(z.string(), MetricSummary),
  tags: z.record(z.string(), z.string()),
  data: z.array(RunData),
  code: RunCode.nullable(),
  parentRunId: z.string().nullable(),
  deleted: z.boolean(),
  createdBy: z.string(),
  createdAtMs: EpochMs,
  artifactRoot: z.string(),
})
export type Run = z.infer<typeof Run>

export const MetricPoint = z.object({ step: StepNumber, value: MetricValue, timestampMs: TimeNumber })
export type MetricPoint = z.infer<typeof MetricPoint>

export const Artifact = z.object({ path: FilePath, digest: Digest, sizeBytes: z.int() })
export type Artifact = z.infer<typeof Artifact>
/** An entry of a folder: a file with its size, or a folder. `path` is whole, from the run's root. */
export const ArtifactEntry = z.object({
  path: z.string(),
  isFolder: z.boolean(),
  sizeBytes: z.int().nullable(),
  digest: z.string().nullable(),
})
export type ArtifactEntry = z.infer<typeof ArtifactEntry>

/** Whose artifacts: a run's, or a logged model's. */
export const ArtifactOwner = z.enum(['run', 'logged-model'])
export type ArtifactOwner = z.infer<typeof ArtifactOwner>

/** Which of the things that can be deleted and restored. */
export const View = z.enum(['active', 'deleted', 'all'])

/** A version of ours that a run used. */
export const LoggedData = z.object({
  /** A reference (`datasets:/flights@2001-02`) or a version's id. */
  version: z.string().min(1).max(512),
  context: z.string().max(500).default('training'),
})

/** Data that only the client knows. */
export const ForeignData = z.object({
  name: z.string().min(1).max(500),
  digest: z.string().min(1).max(255),
  context: z.string().max(500).default(''),
  details: z.record(z.string(), z.unknown()).default({}),
})

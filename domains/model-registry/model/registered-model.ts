import { EpochMs, id } from '@millrace/contract'
import { DatasetVersionId, Digest } from '@millrace/datasets/contract'
import { z } from 'zod'

export const ModelId = id('registered-model')
export const ModelVersionId = id('model-version')
export type ModelVersionId = z.infer<typeof ModelVersionId>
export const EvidenceId = id('evidence')

// What other systems' clients send is kept; `/` and `:` would break references, control characters everything.
export const ModelName = z
  .string()
  .min(1)
  .max(256)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  .regex(/^[^/:@\u0000-\u001f\u007f]+$/, 'may hold no "/", ":", "@" or control character')

/** A movable name of a version: `champion`. `latest` and `v3` would be mistaken for versions. */
export const Alias = z
  .string()
  .regex(/^[\p{L}\p{N}_-]{1,255}$/u, 'use letters, digits, "_" and "-"')
  .regex(/^(?!latest$|v\d+$)/i, '"latest" and "v3" mean versions; choose another alias')

export const TagKey = z.string().min(1).max(250)
export const TagValue = z.string().max(100_000)
const Tags = z.record(TagKey, TagValue)

/** What `millrace apply` declares of a model. The risk tier decides which checks and approvals it needs. */
export const ModelSpec = z.object({
  description: z.string().max(100_000).default(''),
  riskTier: z.enum(['low', 'high']).default('low'),
  tags: Tags.default({}),
  /** Who answers for it; null: whoever made it. */
  owner: z.string().min(1).max(256).nullable().default(null),
  /** The alias that `models:/name` alone means; null: the newest version. */
  defaultAlias: Alias.nullable().default(null),
})
export type ModelSpec = z.infer<typeof ModelSpec>

/** A prompt is a registered model whose versions are texts; lists of models leave it out. */
export const ModelKind = z.enum(['model', 'prompt'])
export type ModelKind = z.infer<typeof ModelKind>

/** The tag by which MLflow's clients mark a prompt. */
export const promptTag = 'mlflow.prompt.is_prompt'

/** Whether a model with this spec is a prompt. */
export function kindOf(spec: ModelSpec): ModelKind {
  return spec.tags[promptTag]?.toLowerCase() === 'true' ? 'prompt' : 'model'
}

export const RegisteredModel = z.object({
  id: ModelId,
  name: ModelName,
  kind: ModelKind,
  description: z.string(),
  riskTier: z.enum(['low', 'high']),
  owner: z.string(),
  latestVersion: z.int().nullable(),
  aliases: z.record(z.string(), z.int()),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  spec: ModelSpec,
})
export type RegisteredModel = z.infer<typeof RegisteredModel>

/** A tensor as Open Inference names it; -1 is a dimension of any length. */
export const Tensor = z.object({
  name: z.string().min(1).max(500),
  dtype: z.enum([
    'BOOL',
    'UINT8',
    'UINT16',
    'UINT32',
    'UINT64',
    'INT8',
    'INT16',
    'INT32',
    'INT64',
    'FP16',
    'FP32',
    'FP64',
    'BYTES',
  ]),
  shape: z.array(z.int().min(-1)).max(16),
})
export const Signature = z.object({ inputs: z.array(Tensor).min(1), outputs: z.array(Tensor).min(1) })
export type Signature = z.infer<typeof Signature>

/** The stages of MLflow's registry. They say where a version stands; what serves is said by aliases and endpoints. */
export const Stage = z.enum(['None', 'Staging', 'Production', 'Archived'])
export type Stage = z.infer<typeof Stage>

export const Approval = z.enum(['none', 'pending', 'approved', 'rejected'])
export type Approval = z.infer<typeof Approval>

/**
 * A model as a run made it, numbered from 1. Its file is the run's artifact: `artifactPath` names it (or its folder),
 * `modelFile` the one file in it that can be served, `digest` what it holds.
 */
export const ModelVersion = z.object({
  id: ModelVersionId,
  model: ModelName,
  version: z.int(),
  state: z.enum(['pending', 'ready', 'failed_registration']),
  stage: Stage,
  approval: Approval,
  /** Where it came from, as it was told: `runs:/…`, `models:/…`, or an address elsewhere. */
  source: z.string(),
  /** Where its files lie when they are not artifacts of this server. */
  storageUri: z.string().nullable(),
  /** A page of its run, on another system. */
  runLink: z.string(),
  runId: z.string().nullable(),
  loggedModelId: z.string().nullable(),
  artifactPath: z.string(),
  modelFile: z.string().nullable(),
  format: z.enum(['onnx', 'mlflow', 'other']),
  /** Empty where its files are not here to be read. */
  digest: z.union([Digest, z.literal('')]),
  sizeBytes: z.int(),
  signature: Signature.nullable(),
  description: z.string(),
  aliases: z.array(z.string()),
  tags: Tags,
  derivedFrom: ModelVersionId.nullable(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  createdBy: z.string(),
})
export type ModelVersion = z.infer<typeof ModelVersion>

export const EvidenceMetric = z.object({
  name: z.string().min(1).max(250),
  value: z.number(),
  standardError: z.number().min(0).optional(),
  n: z.int().min(0),
})

/** A difference to another version's metric on the same rows: positive means that this version is better. */
export const Difference = z.object({
  metric: z.string().min(1).max(250),
  difference: z.number(),
  standardError: z.number().min(0),
  lower: z.number(),
  upper: z.number(),
  n: z.int().min(0),
})

/**
 * What evidence is about. `baseline` holds what later measurements are held against; `data_quality`, `bias` and
 * `explainability` are reports of that kind.
 */
export const EvidenceKind = z.enum([
  'evaluation',
  'comparison',
  'latency',
  'signature',
  'baseline',
  'data_quality',
  'bias',
  'explainability',
])

/** What was measured of a version, on which data, and what follows from it, in one sentence. */
export const Evidence = z.object({
  id: EvidenceId,
  versionId: ModelVersionId,
  kind: EvidenceKind,
  datasetVersionId: DatasetVersionId.nullable(),
  metrics: z.array(EvidenceMetric),
  comparedWith: z.object({ versionId: ModelVersionId, differences: z.array(Difference) }).optional(),
  verdict: z.enum(['better', 'worse', 'inconclusive', 'no_champion', 'pass', 'fail']),
  sentence: z.string(),
  /** What the figures alone do not say: a report, thresholds, a baseline's statistics. */
  details: z.record(z.string(), z.unknown()).optional(),
  runId: z.string().optional(),
  createdAtMs: EpochMs,
  createdBy: z.string(),
})
export type Evidence = z.infer<typeof Evidence>

/** One move of an alias; `to` is null when it was taken away. Version numbers. */
export const AliasMove = z.object({
  alias: z.string(),
  from: z.int().nullable(),
  to: z.int().nullable(),
  fromVersionId: ModelVersionId.nullable(),
  toVersionId: ModelVersionId.nullable(),
  atMs: EpochMs,
  by: z.object({ id: z.string(), name: z.string() }),
  reason: z.string().nullable(),
})
export type AliasMove = z.infer<typeof AliasMove>

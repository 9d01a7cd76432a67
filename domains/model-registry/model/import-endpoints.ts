import { endpoint, EpochMs } from '@millrace/contract'
import { ImportOutcome } from '@millrace/experiment-tracking/contract'
import { z } from 'zod'
import { ModelName, ModelVersion, RegisteredModel, TagKey, TagValue } from './registered-model.ts'

const Tags = z.record(TagKey, TagValue)
const { stage, state } = ModelVersion.shape

/** A version's number, as every store can hold it. */
const Number32 = z.int().min(0).max(2_147_483_647)

export const ImportedVersion = z.object({
  version: Number32.min(1),
  stage,
  state,
  source: z.string().max(4096),
  storageUri: z.string().max(4096).nullable().default(null),
  runLink: z.string().max(4096).default(''),
  runId: z.string().max(128).nullable().default(null),
  loggedModelId: z.string().max(128).nullable().default(null),
  artifactPath: z.string().max(1024).default(''),
  description: z.string().max(100_000).default(''),
  tags: Tags.default({}),
  createdBy: z.string().max(500),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
})
export type ImportedVersion = z.output<typeof ImportedVersion>

export const importModel = endpoint({
  name: 'model-registry.import-model',
  method: 'POST',
  path: '/imports/models',
  summary: 'Takes a registered model with its versions, stages and aliases from another system, numbers and times kept',
  needs: { permission: 'model-registry:administer' },
  input: z.object({
    /** Where it came from: the same text whenever the same place is read again. */
    source: z.string().min(1).max(1000),
    name: ModelName,
    description: z.string().max(100_000).default(''),
    tags: Tags.default({}),
    createdAtMs: EpochMs,
    updatedAtMs: EpochMs,
    /** The highest number ever given out there, deleted versions included. */
    lastVersion: Number32,
    aliases: z.record(z.string(), Number32).default({}),
    versions: z
      .array(ImportedVersion)
      .max(10_000)
      .refine((all) => new Set(all.map(({ version }) => version)).size === all.length, 'names a version twice'),
    /** What it looked like there; a model that looks the same is not taken again. */
    state: z.string().min(1).max(200),
  }),
  output: z.object({
    model: RegisteredModel,
    outcome: ImportOutcome,
    /** How many versions were made. */
    versions: z.int(),
  }),
})

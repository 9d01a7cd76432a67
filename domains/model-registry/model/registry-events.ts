import { event } from '@millrace/contract'
import { z } from 'zod'
import { Approval, Evidence, EvidenceId, ModelKind, ModelVersionId, Stage } from './registered-model.ts'

const Texts = z.record(z.string(), z.string())
const Numbered = z.object({ id: ModelVersionId, model: z.string(), version: z.int() })
// What came later is optional: an event of an earlier version may still lie in the outbox.
const Kind = ModelKind.optional()

export const modelCreated = event(
  'model-registry.model.created',
  z.object({
    id: z.string(),
    model: z.string(),
    kind: Kind,
    tags: Texts.optional(),
    description: z.string().optional(),
  }),
)
export const modelTagged = event(
  'model-registry.model.tagged',
  z.object({ id: z.string(), model: z.string(), kind: Kind, set: Texts, removed: z.array(z.string()) }),
)
export const modelDeleted = event('model-registry.model.deleted', z.object({ id: z.string(), model: z.string() }))
export const versionCreated = event(
  'model-registry.version.created',
  Numbered.extend({
    runId: z.string().nullable(),
    kind: Kind,
    source: z.string().optional(),
    tags: Texts.optional(),
    description: z.string().optional(),
  }),
)
export const versionTagged = event(
  'model-registry.version.tagged',
  Numbered.extend({ kind: Kind, set: Texts, removed: z.array(z.string()) }),
)
export const versionDeleted = event('model-registry.version.deleted', Numbered)
export const stageMoved = event(
  'model-registry.version.stage-moved',
  Numbered.extend({ from: Stage, to: Stage, archived: z.array(z.int()) }),
)
export const approvalSet = event('model-registry.version.approval-set', Numbered.extend({ approval: Approval }))
export const aliasMoved = event(
  'model-registry.alias.moved',
  z.object({
    model: z.string(),
    alias: z.string(),
    versionId: ModelVersionId.nullable(),
    fromVersionId: ModelVersionId.nullable(),
    kind: Kind,
    version: z.int().nullable().optional(),
  }),
  (payload) => `${payload.model}@${payload.alias}`,
)
export const evidenceAttached = event(
  'model-registry.evidence.attached',
  z.object({ id: EvidenceId, versionId: ModelVersionId, verdict: Evidence.shape.verdict }),
)

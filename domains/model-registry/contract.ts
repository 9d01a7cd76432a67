import { endpoint, event, page, PageQuery, problems, ref } from '@millrace/contract'
import { FilePath } from '@millrace/datasets/contract'
import { RunId } from '@millrace/experiment-tracking/contract'
import { z } from 'zod'
import {
  Alias,
  AliasMove,
  Approval,
  Evidence,
  EvidenceId,
  ModelName,
  ModelSpec,
  ModelVersion,
  ModelVersionId,
  RegisteredModel,
  Signature,
} from './model/registered-model.ts'

export * from './model/registered-model.ts'

/** Every way this domain says no. */
export const problem = problems('model-registry', {
  'model-not-found': {
    status: 404,
    say: (p: { name: string }) => `There is no registered model "${p.name}". Make it with PUT /models/{name}.`,
  },
  'model-exists': { status: 409, say: (p: { name: string }) => `A registered model "${p.name}" exists already.` },
  'model-has-versions': {
    status: 409,
    say: (p: { name: string; versions: number }) =>
      `"${p.name}" has ${p.versions} version${p.versions === 1 ? '' : 's'}. Delete those first, so that none goes unnoticed.`,
  },
  'version-not-found': {
    status: 404,
    say: (p: { what: string }) =>
      `There is no model version ${p.what}. GET /models/{name}/versions lists those there are.`,
  },
  'alias-not-found': {
    status: 404,
    say: (p: { model: string; alias: string }) => `"${p.model}" has no alias "${p.alias}".`,
  },
  'version-has-aliases': {
    status: 409,
    say: (p: { model: string; version: number; aliases: string }) =>
      `Version ${p.version} of "${p.model}" is ${p.aliases}. Move the alias to another version before this one is deleted.`,
  },
  'artifact-missing': {
    status: 400,
    say: (p: { path: string; source: string }) =>
      `${p.source} has no artifact "${p.path}". Upload it first with PUT /runs/{id}/artifacts/{path}; a version stands on a file that is there.`,
  },
  'no-model-file': {
    status: 409,
    say: (p: { model: string; version: number }) =>
      `Version ${p.version} of "${p.model}" holds no single ONNX file, so there is none to hand out or to serve.`,
  },
  'evidence-not-found': { status: 404, say: (p: { id: string }) => `There is no evidence ${p.id}.` },
  'not-ready': {
    status: 409,
    say: (p: { state: string }) => `This version is ${p.state}; only a ready one can carry an alias.`,
  },
})

const read = 'model-registry:read'
const write = 'model-registry:write'
const onModel = (input: { name: string }) => ref('model', input.name)
const onVersion = (input: { id: string }) => ref('model-version', input.id)
const Named = z.object({ name: ModelName })
const VersionIdInput = z.object({ id: ModelVersionId })
const Nothing = z.object({})

export const putModel = endpoint({
  name: 'model-registry.put-model',
  method: 'PUT',
  path: '/models/{name}',
  summary: 'Makes or changes a registered model',
  needs: { permission: write, on: onModel },
  input: ModelSpec.extend({
    name: ModelName,
    /** Refuse one that is there already, instead of changing it. */
    onlyNew: z.boolean().default(false),
  }),
  output: RegisteredModel,
  problems: [problem['model-exists']],
})
export const readModel = endpoint({
  name: 'model-registry.read-model',
  method: 'GET',
  path: '/models/{name}',
  summary: 'Reads a registered model',
  needs: { permission: read, on: onModel },
  input: Named,
  output: RegisteredModel,
  problems: [problem['model-not-found']],
})
export const listModels = endpoint({
  name: 'model-registry.list-models',
  method: 'GET',
  path: '/models',
  summary: 'Lists registered models by name',
  needs: { permission: read },
  input: PageQuery,
  output: page(RegisteredModel),
})
export const renameModel = endpoint({
  name: 'model-registry.rename-model',
  method: 'PATCH',
  path: '/models/{name}',
  summary: 'Renames a registered model',
  needs: { permission: write, on: onModel },
  input: Named.extend({ newName: ModelName }),
  output: RegisteredModel,
  problems: [problem['model-exists']],
})
export const deleteModel = endpoint({
  name: 'model-registry.delete-model',
  method: 'DELETE',
  path: '/models/{name}',
  summary: 'Deletes a registered model that has no versions left',
  needs: { permission: write, on: onModel },
  input: Named,
  output: Nothing,
  problems: [problem['model-has-versions']],
})

export const registerVersion = endpoint({
  name: 'model-registry.register-version',
  method: 'POST',
  path: '/models/{name}/versions',
  summary: 'Registers a run’s artifact as the next version',
  needs: { permission: write, on: onModel },
  input: Named.extend({
    /** The run whose artifact it is; or `loggedModelId`. */
    runId: RunId.optional(),
    loggedModelId: RunId.optional(),
    /** A file, or a folder with one. Empty: all of a logged model. */
    artifactPath: z.union([FilePath, z.literal('')]).default(''),
    signature: Signature.optional(),
    description: z.string().max(100_000).default(''),
    tags: ModelSpec.shape.tags,
    derivedFrom: ModelVersionId.optional(),
  }),
  output: ModelVersion,
  problems: [problem['model-not-found'], problem['artifact-missing']],
  status: 201,
})
export const listVersions = endpoint({
  name: 'model-registry.list-versions',
  method: 'GET',
  path: '/models/{name}/versions',
  summary: 'Lists the versions of a model, newest first',
  needs: { permission: read, on: onModel },
  input: PageQuery.extend({ name: ModelName }),
  output: page(ModelVersion),
  problems: [problem['model-not-found']],
})
export const searchVersions = endpoint({
  name: 'model-registry.search-versions',
  method: 'GET',
  path: '/model-versions',
  summary: 'Lists versions of all models, newest first; of one run where asked',
  needs: { permission: read },
  input: PageQuery.extend({ runId: z.string().max(128).optional(), model: z.string().max(256).optional() }),
  output: page(ModelVersion),
})
export const readVersion = endpoint({
  name: 'model-registry.read-version',
  method: 'GET',
  path: '/models/{name}/versions/{version}',
  summary: 'Reads a version by its number, or the newest one as "latest"',
  needs: { permission: read, on: onModel },
  input: Named.extend({ version: z.union([z.literal('latest'), z.coerce.number().int().min(1)]) }),
  output: ModelVersion,
  problems: [problem['version-not-found']],
})
export const readVersionById = endpoint({
  name: 'model-registry.read-version-by-id',
  method: 'GET',
  path: '/model-versions/{id}',
  summary: 'Reads a version by its id',
  needs: { permission: read, on: onVersion },
  input: VersionIdInput,
  output: ModelVersion,
  problems: [problem['version-not-found']],
})
export const resolveVersion = endpoint({
  name: 'model-registry.resolve-version',
  method: 'GET',
  path: '/resolved-model-version',
  summary: 'Finds a version by reference (models:/name@alias, models:/name/3) or by id',
  needs: { permission: read },
  input: z.object({ reference: z.string().min(1).max(512) }),
  output: ModelVersion,
  problems: [problem['version-not-found']],
})
export const updateVersion = endpoint({
  name: 'model-registry.update-version',
  method: 'PATCH',
  path: '/model-versions/{id}',
  summary: 'Changes description and tags of a version; a null tag is removed',
  needs: { permission: write, on: onVersion },
  input: VersionIdInput.extend({
    description: z.string().max(100_000).optional(),
    tags: z.record(z.string().min(1).max(250), z.string().max(100_000).nullable()).default({}),
  }),
  output: ModelVersion,
  problems: [problem['version-not-found']],
})
export const deleteVersion = endpoint({
  name: 'model-registry.delete-version',
  method: 'DELETE',
  path: '/model-versions/{id}',
  summary: 'Deletes a version that nothing holds and no alias names',
  needs: { permission: write, on: onVersion },
  input: VersionIdInput,
  output: Nothing,
  problems: [problem['version-has-aliases']],
})

export const moveAlias = endpoint({
  name: 'model-registry.move-alias',
  method: 'PUT',
  path: '/models/{name}/aliases/{alias}',
  summary: 'Points an alias at a version',
  needs: { permission: write, on: onModel },
  input: Named.extend({ alias: Alias, version: z.int().min(1), reason: z.string().max(2000).optional() }),
  output: RegisteredModel,
  problems: [problem['version-not-found'], problem['not-ready']],
})
export const removeAlias = endpoint({
  name: 'model-registry.remove-alias',
  method: 'DELETE',
  path: '/models/{name}/aliases/{alias}',
  summary: 'Takes an alias away',
  needs: { permission: write, on: onModel },
  input: Named.extend({ alias: z.string().max(255), reason: z.string().max(2000).optional() }),
  output: RegisteredModel,
  problems: [problem['alias-not-found']],
})
export const readAliasHistory = endpoint({
  name: 'model-registry.read-alias-history',
  method: 'GET',
  path: '/models/{name}/aliases/{alias}/history',
  summary: 'Lists the moves of an alias, newest first',
  needs: { permission: read, on: onModel },
  input: PageQuery.extend({ name: ModelName, alias: z.string().max(255) }),
  output: page(AliasMove),
})

export const attachEvidence = endpoint({
  name: 'model-registry.attach-evidence',
  method: 'POST',
  path: '/model-versions/{id}/evidence',
  summary: 'Attaches what was measured of a version',
  needs: { permission: write, on: onVersion },
  input: VersionIdInput.extend({
    ...Evidence.omit({ id: true, versionId: true, createdAtMs: true, createdBy: true }).shape,
    datasetVersionId: Evidence.shape.datasetVersionId.default(null),
    metrics: Evidence.shape.metrics.max(1000).default([]),
    sentence: z.string().min(1).max(2000),
  }),
  output: Evidence,
  problems: [problem['version-not-found']],
  status: 201,
})
export const listEvidence = endpoint({
  name: 'model-registry.list-evidence',
  method: 'GET',
  path: '/model-versions/{id}/evidence',
  summary: 'Lists the evidence of a version, newest first',
  needs: { permission: read, on: onVersion },
  input: PageQuery.extend({ id: ModelVersionId }),
  output: page(Evidence),
})
export const readEvidence = endpoint({
  name: 'model-registry.read-evidence',
  method: 'GET',
  path: '/evidence/{id}',
  summary: 'Reads one piece of evidence',
  needs: { permission: read, on: (input) => ref('evidence', input.id) },
  input: z.object({ id: EvidenceId }),
  output: Evidence,
  problems: [problem['evidence-not-found']],
})
export const deleteEvidence = endpoint({
  name: 'model-registry.delete-evidence',
  method: 'DELETE',
  path: '/evidence/{id}',
  summary: 'Removes evidence; cards and verdicts that stood on it then read "not measured"',
  needs: { permission: 'model-registry:administer', on: (input) => ref('evidence', input.id) },
  input: z.object({ id: EvidenceId, reason: z.string().max(2000).optional() }),
  output: Nothing,
  problems: [problem['evidence-not-found']],
})

/** Not an address: governance alone says whether a version is approved. */
export const setApproval = endpoint({
  name: 'model-registry.set-approval',
  method: 'POST',
  path: '/approved-model-versions/{versionId}',
  summary: 'Says whether a version is approved',
  needs: { permission: 'model-registry:approve', on: (input) => ref('model-version', input.versionId) },
  input: z.object({ versionId: ModelVersionId, approval: Approval, reason: z.string().max(2000).optional() }),
  output: ModelVersion,
})

export const modelCreated = event('model-registry.model.created', z.object({ id: z.string(), model: z.string() }))
export const versionCreated = event(
  'model-registry.version.created',
  z.object({ id: ModelVersionId, model: z.string(), version: z.int(), runId: z.string().nullable() }),
)
export const versionDeleted = event(
  'model-registry.version.deleted',
  z.object({ id: ModelVersionId, model: z.string(), version: z.int() }),
)
export const approvalSet = event(
  'model-registry.version.approval-set',
  z.object({ id: ModelVersionId, model: z.string(), version: z.int(), approval: Approval }),
)
export const aliasMoved = event(
  'model-registry.alias.moved',
  z.object({
    model: z.string(),
    alias: z.string(),
    versionId: ModelVersionId.nullable(),
    fromVersionId: ModelVersionId.nullable(),
  }),
  (payload) => `${payload.model}@${payload.alias}`,
)
export const evidenceAttached = event(
  'model-registry.evidence.attached',
  z.object({ id: EvidenceId, versionId: ModelVersionId, verdict: Evidence.shape.verdict }),
)

import { endpoint, page, PageQuery, ref, parseReference } from '@millrace/contract'
import { FilePath } from '@millrace/datasets/contract'
import { RunId } from '@millrace/experiment-tracking/contract'
import { z } from 'zod'
import { problem } from './model/problems.ts'
import {
  Alias,
  AliasMove,
  Approval,
  Evidence,
  EvidenceId,
  ModelKind,
  ModelName,
  ModelSpec,
  ModelVersion,
  ModelVersionId,
  RegisteredModel,
  Signature,
  Stage,
  TagKey,
  TagValue,
} from './model/registered-model.ts'
import { RegistryChange } from './model/registry-change.ts'
import { RegistrySearch } from './model/registry-search.ts'

export * from './model/import-endpoints.ts'
export * from './model/problems.ts'
export * from './model/registered-model.ts'
export * from './model/registry-change.ts'
export * from './model/registry-events.ts'
export * from './model/registry-search.ts'

const read = 'model-registry:read'
const write = 'model-registry:write'
/** A list shows the models that its caller may read, and no others. */
const listed = () => ref('list', 'model')
/** The model of a reference, or the version itself where an id was given. */
const referred = (text: string) =>
  text.includes(':') ? ref('model', parseReference(text).name) : ref('model-version', text)
const onModel = (input: { name: string }) => ref('model', input.name)
const onVersion = (input: { id: string }) => ref('model-version', input.id)
const Named = z.object({ name: ModelName })
const VersionIdInput = z.object({ id: ModelVersionId })
const Nothing = z.object({})

/** What other systems say of a version. `unverified`: take it as told where its files are not here. */
const Told = z.object({
  source: z.string().max(4096).optional(),
  storageUri: z.string().max(4096).optional(),
  runLink: z.string().max(4096).default(''),
  unverified: z.boolean().default(false),
})

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
  needs: { permission: read, on: listed },
  input: PageQuery.extend({ kind: ModelKind.default('model') }),
  output: page(RegisteredModel),
})
export const searchModels = endpoint({
  name: 'model-registry.search-models',
  method: 'POST',
  path: '/models/search',
  summary: 'Finds registered models by name and tags; by name unless ordered otherwise',
  needs: { permission: read, on: listed },
  input: RegistrySearch,
  output: page(RegisteredModel),
  problems: [problem['bad-search']],
})
export const tagModel = endpoint({
  name: 'model-registry.tag-model',
  method: 'PATCH',
  path: '/models/{name}/tags',
  summary: 'Sets tags of a registered model; a null tag is removed',
  needs: { permission: write, on: onModel },
  input: Named.extend({ tags: z.record(TagKey, TagValue.nullable()) }),
  output: RegisteredModel,
  problems: [problem['model-not-found']],
})
export const readModelHistory = endpoint({
  name: 'model-registry.read-model-history',
  method: 'GET',
  path: '/models/{name}/history',
  summary: 'Lists what happened to a model, its versions, aliases and stages, newest first',
  needs: { permission: read, on: onModel },
  input: PageQuery.extend({ name: ModelName, version: z.coerce.number().int().min(1).optional() }),
  output: page(RegistryChange),
  problems: [problem['model-not-found']],
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
  summary: 'Deletes a registered model that has no versions left, or with all of them where asked',
  needs: { permission: write, on: onModel },
  input: Named.extend({ withVersions: z.union([z.boolean(), z.stringbool()]).default(false) }),
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
    ...Told.shape,
  }),
  output: ModelVersion,
  problems: [problem['model-not-found'], problem['artifact-missing']],
  status: 201,
})

/** Not an address: what `copyVersion` ends in. The copy holds its files, so the original may be deleted. */
export const registerCopy = endpoint({
  name: 'model-registry.register-copy',
  method: 'POST',
  path: '/copied-model-versions/{name}',
  summary: 'Registers a copy of a version',
  needs: { permission: write, on: onModel },
  input: registerVersion.input.omit({ derivedFrom: true }).extend({ copiedFrom: ModelVersionId }),
  output: ModelVersion,
})
export const copyVersion = endpoint({
  name: 'model-registry.copy-version',
  method: 'POST',
  path: '/models/{name}/copies',
  summary: 'Copies a version (models:/name/3, models://workspace/name@alias) to this model as its next one',
  needs: { permission: write, on: onModel },
  input: Named.extend({ from: z.string().min(1).max(512), tags: ModelSpec.shape.tags.optional() }),
  output: ModelVersion,
  problems: [problem['version-not-found'], problem['model-not-found'], problem['not-copied']],
  status: 201,
})
export const findVersions = endpoint({
  name: 'model-registry.find-versions',
  method: 'POST',
  path: '/model-versions/search',
  summary: 'Finds versions by name, number, run, source and tags; the last changed first unless ordered otherwise',
  needs: { permission: read, on: listed },
  input: RegistrySearch,
  output: page(ModelVersion),
  problems: [problem['bad-search']],
})
export const newestVersions = endpoint({
  name: 'model-registry.newest-versions',
  method: 'POST',
  path: '/model-versions/newest',
  summary: 'Reads the newest version of each of these models in each stage',
  needs: { permission: read, on: listed },
  input: z.object({ models: z.array(z.string()).max(1000), stages: z.array(Stage).default([]) }),
  output: z.object({ items: z.array(ModelVersion) }),
})
export const moveStage = endpoint({
  name: 'model-registry.move-stage',
  method: 'PUT',
  path: '/model-versions/{id}/stage',
  summary: 'Moves a version to a stage, and archives the others of that stage where asked',
  needs: { permission: write, on: onVersion },
  input: VersionIdInput.extend({
    stage: Stage,
    archiveExisting: z.boolean().default(false),
    reason: z.string().max(2000).optional(),
  }),
  output: ModelVersion,
  problems: [problem['version-not-found'], problem['cannot-archive']],
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
  needs: { permission: read, on: listed },
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
  needs: { permission: read, on: (input) => referred(input.reference) },
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
  input: VersionIdInput.extend({ withAliases: z.union([z.boolean(), z.stringbool()]).default(false) }),
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

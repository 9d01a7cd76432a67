import type { InputOf } from '@millrace/contract'
import { ref } from '@millrace/contract'
import { readImports, recordImports } from '@millrace/experiment-tracking'
import type { ImportOutcome } from '@millrace/experiment-tracking/contract'
import type { ActionContext } from '@millrace/kernel'
import * as contract from '../contract.ts'
import type { ImportedVersion, ModelVersion } from '../contract.ts'
import type { StoredModel } from '../store/model-rows.ts'
import type { RegistryStore } from '../store/registry.ts'
import { action } from '../store/registry.ts'
import { moveTo } from './aliases.ts'
import { findModel } from './find-model.ts'
import { recordChange } from './record-change.ts'
import type { RegisterContext } from './register-version.ts'
import { edgesOf, filesOf, holdFiles, sourceOf, versionOf } from './register-version.ts'

type Context = ActionContext<RegistryStore, InputOf<typeof contract.importModel>>

/**
 * Takes a registered model whole: versions with their numbers, stages, aliases, times. One that was taken before gets what
 * is new there; what was changed there is changed here. Where the name is another model's, "-imported" stands behind it.
 * Aliases pass the guard `model-registry.move-alias` as any move does. Nobody is told of versions that are old.
 */
export const importModel = action(contract.importModel, async (context) => {
  const { store, input, call } = context
  const known = await recordOf(context)
  const before = known === undefined ? undefined : await store.models.find(known.ownId)
  if (known !== undefined && before !== undefined && known.state === input.state)
    return { answer: { model: before, outcome: 'same' as const, versions: 0 }, audit: 'unchanged' }
  const { id, name } = before ?? (await makeModel(context))
  const made = await bringVersions(context, { id, name })
  await store.models.update(id, { last_version: Math.max(before?.lastNumber ?? 0, input.lastVersion) })
  await moveAliases(context, name)
  await store.models.saveSpec(id, specOf(before, input), input.updatedAtMs)
  await call(recordImports, {
    source: input.source,
    kind: 'model',
    items: [{ sourceId: input.name, ownId: name, state: input.state }],
  })
  const model = await findModel(store, name)
  const after = { from: input.source, name: input.name, versions: made.length, aliases: model.aliases }
  const outcome: ImportOutcome = before === undefined ? 'made' : 'changed'
  return {
    answer: { model, outcome, versions: made.length },
    audit: { object: ref('model', name), after },
    edges: made.flatMap(edgesOf),
  }
})

/** Makes the versions that are not here, and brings those that are to what their source says. Gives those it made. */
async function bringVersions(context: Context, model: { id: string; name: string }): Promise<ModelVersion[]> {
  const made: ModelVersion[] = []
  for (const version of context.input.versions) {
    const there = await context.store.versions.byNumber(model.id, version.version)
    if (there === undefined) made.push(await makeVersion(context, model, version))
    else await bringVersion(context, there, version)
  }
  return made
}

/** What is known of an earlier import of it. */
async function recordOf({ ask, input }: Context) {
  const { items } = await ask(readImports, { source: input.source, kind: 'model', id: input.name, limit: 1 })
  return items[0]
}

async function freeName(store: RegistryStore, name: string): Promise<string> {
  for (let count = 0; ; count += 1) {
    const end = count === 0 ? '' : count === 1 ? '-imported' : `-imported-${count}`
    const tried = `${name.slice(0, 256 - end.length)}${end}`
    if ((await store.models.find(tried)) === undefined) return tried
  }
}

async function makeModel(context: Context): Promise<{ id: string; name: string }> {
  const { store, input, newId, actor } = context
  const [id, name] = [newId('mdl'), await freeName(store, input.name)]
  await store.models.insert({
    id,
    name,
    spec: specOf(undefined, input),
    nowMs: input.createdAtMs,
    createdBy: actor.name,
  })
  await recordChange({ ...context, nowMs: input.createdAtMs }, id, { kind: 'created', to: name, reason: 'imported' })
  return { id, name }
}

function specOf(before: StoredModel | undefined, { description, tags }: Context['input']): contract.ModelSpec {
  const own = before?.spec ?? { riskTier: 'low' as const, owner: null, defaultAlias: null, tags: {} }
  return { ...own, description, tags: { ...own.tags, ...tags } }
}

async function makeVersion(
  context: Context,
  model: { readonly id: string; readonly name: string },
  wanted: ImportedVersion,
): Promise<ModelVersion> {
  const { store } = context
  const asked: RegisterContext = { ...context, nowMs: wanted.createdAtMs, input: wishOf(context, model.name, wanted) }
  const source = await sourceOf(asked)
  const files = source === undefined ? [] : await filesOf(asked, source)
  const base = versionOf(asked, { model: model.name, number: wanted.version, source, files, derivedFrom: null })
  const { stage, state, createdBy, updatedAtMs } = wanted
  const version = { ...base, stage, state, createdBy, updatedAtMs }
  await store.versions.insert(model.id, version)
  if (source !== undefined && files.length > 0) await holdFiles(asked, version, source, files)
  await recordChange(asked, model.id, { kind: 'registered', version: version.version, to: version.version })
  return source === undefined ? { ...version, runId: null, loggedModelId: null } : version
}

function wishOf(context: Context, name: string, wanted: ImportedVersion): RegisterContext['input'] {
  const { runId, loggedModelId, storageUri, source, runLink, artifactPath, description, tags } = wanted
  return contract.registerVersion.input.parse({
    name,
    artifactPath,
    description,
    tags,
    source,
    runLink,
    unverified: true,
    ...(storageUri === null ? {} : { storageUri }),
    ...(runId === null ? {} : { runId }),
    ...(loggedModelId === null ? {} : { loggedModelId }),
  })
}

/** Texts and stage of a version that is there are what its source says. */
async function bringVersion({ store }: Context, there: ModelVersion, wanted: ImportedVersion): Promise<void> {
  const { description, tags, stage, updatedAtMs } = wanted
  await store.versions.saveText(there.id, { description, tags: { ...there.tags, ...tags } }, updatedAtMs)
  if (there.stage !== stage) await store.versions.saveStage(there.id, stage, updatedAtMs)
}

async function moveAliases(context: Context, name: string): Promise<void> {
  const { store, input } = context
  for (const [alias, number] of Object.entries(input.aliases)) {
    const model = await findModel(store, name)
    if (model.aliases[alias] === number) continue
    const to = await store.versions.byNumber(model.id, number)
    if (to !== undefined) await moveTo(context, model, { alias, to, reason: 'imported' })
  }
}

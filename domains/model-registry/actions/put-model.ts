import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { StoredModel } from '../store/model-rows.ts'
import { kindOf } from '../model/registered-model.ts'
import { action } from '../store/registry.ts'
import { recordChange } from './record-change.ts'

/** Makes a registered model, or gives it another spec; the same spec again changes nothing. */
export const putModel = action(contract.putModel, async (context) => {
  const { store, input, nowMs, newId, actor } = context
  const { name, onlyNew, ...spec } = input
  const before = await store.models.find(name)
  if (before === undefined) {
    const id = newId('mdl')
    await store.models.insert({ id, name, spec, nowMs, createdBy: actor.name })
    await recordChange(context, id, { kind: 'created', to: name })
    const { description, tags } = spec
    const kind = kindOf(spec)
    return {
      answer: { id, name, latestVersion: null, aliases: {}, createdAtMs: nowMs, ...shown(spec, actor.name, nowMs) },
      events: [contract.modelCreated({ id, model: name, kind, tags, description })],
      audit: { object: ref('model', name), after: spec },
    }
  }
  if (onlyNew) throw contract.problem['model-exists']({ name })
  if (canonicalJson(before.spec) === canonicalJson(spec)) return { answer: before, audit: 'unchanged' }
  await store.models.saveSpec(before.id, spec, nowMs)
  const answer = { ...before, ...shown(spec, spec.owner ?? before.owner, nowMs) }
  if (answer.owner !== before.owner)
    await recordChange(context, before.id, { kind: 'owner', from: before.owner, to: answer.owner })
  const events = tagEvents(before, spec.tags)
  return { answer, events, audit: { object: ref('model', name), before: before.spec, after: spec } }
})

function shown(spec: contract.ModelSpec, owner: string, nowMs: number) {
  const { description, riskTier } = spec
  return { spec, description, riskTier, kind: kindOf(spec), owner: spec.owner ?? owner, updatedAtMs: nowMs }
}

/** Sets tags of a model; a null tag is removed. What changed last stays: a tag is no change of the model. */
export const tagModel = action(contract.tagModel, async ({ store, input }) => {
  const before = await store.models.find(input.name)
  if (before === undefined) throw contract.problem['model-not-found']({ name: input.name })
  const merged = Object.entries({ ...before.spec.tags, ...input.tags })
  const tags = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null))
  const events = tagEvents(before, tags)
  if (events.length === 0) return { answer: before, audit: 'unchanged' }
  const spec = { ...before.spec, tags }
  await store.models.saveSpec(before.id, spec, before.updatedAtMs)
  const audit = { object: ref('model', before.name), before: before.spec.tags, after: tags }
  return { answer: { ...before, spec, kind: kindOf(spec) }, events, audit }
})

function tagEvents({ id, name, kind, spec }: StoredModel, tags: Readonly<Record<string, string>>) {
  const set = Object.fromEntries(Object.entries(tags).filter(([key, value]) => spec.tags[key] !== value))
  const removed = Object.keys(spec.tags).filter((key) => tags[key] === undefined)
  if (Object.keys(set).length === 0 && removed.length === 0) return []
  return [contract.modelTagged({ id, model: name, kind, set, removed })]
}

import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/registry.ts'

/** Makes a registered model, or gives it another spec; the same spec again changes nothing. */
export const putModel = action(contract.putModel, async ({ store, input, nowMs, newId }) => {
  const { name, onlyNew, ...spec } = input
  const before = await store.models.find(name)
  if (before === undefined) {
    const id = newId('mdl')
    await store.models.insert({ id, name, spec, nowMs })
    const answer = {
      id,
      name,
      description: spec.description,
      riskTier: spec.riskTier,
      latestVersion: null,
      aliases: {},
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      spec,
    }
    return {
      answer,
      events: [contract.modelCreated({ id, model: name })],
      audit: { object: ref('model', name), after: spec },
    }
  }
  if (onlyNew) throw contract.problem['model-exists']({ name })
  if (canonicalJson(before.spec) === canonicalJson(spec)) return { answer: before, audit: 'unchanged' }
  await store.models.update(before.id, { spec: JSON.stringify(spec), updated_at_ms: nowMs })
  const answer = { ...before, spec, description: spec.description, riskTier: spec.riskTier, updatedAtMs: nowMs }
  return { answer, audit: { object: ref('model', name), before: before.spec, after: spec } }
})

import { canonicalJson, parseReference, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/serving-store.ts'
import { showEndpoint, specOf } from './show.ts'

/** Declares an endpoint. Its model stays what it was: versions of two models are not compared. */
export const putEndpoint = action(contract.putEndpoint, async ({ store, input, actor, nowMs, newId }) => {
  const { name, ...spec } = input
  const followed = spec.follow === undefined ? spec.model : parseReference(spec.follow).name
  if (followed !== spec.model)
    throw contract.servingProblem['other-model']({ name, model: spec.model, versionModel: followed })
  const text = canonicalJson(spec)
  const before = await store.endpoints.find(name)
  if (before !== undefined) {
    if (before.model !== spec.model) {
      throw contract.servingProblem['other-model']({ name, model: before.model, versionModel: spec.model })
    }
    const shown = showEndpoint(
      { ...before, spec: text },
      await store.deployments.live(name),
      await store.rollouts.open(name),
    )
    if (canonicalJson(specOf(before)) === text) return { answer: shown, audit: 'unchanged' }
    await store.endpoints.setSpec(name, text)
    return {
      answer: shown,
      events: [contract.endpointChanged({ id: before.id, name })],
      audit: { object: ref('endpoint', before.id), before: specOf(before), after: spec },
    }
  }
  const row = {
    id: newId('ep'),
    name,
    model: spec.model,
    spec: text,
    created_at_ms: nowMs,
    created_by: actor.id,
    deleted_at_ms: null,
    followed_version_id: null,
  }
  await store.endpoints.add(row)
  const added = (await store.endpoints.find(name)) ?? { workspace: '', ...row }
  return {
    answer: showEndpoint(added, [], undefined),
    events: [contract.endpointChanged({ id: added.id, name })],
    audit: { object: ref('endpoint', added.id), after: spec },
  }
})

import { ref } from '@millrace/contract'
import type { ActionContext } from '@millrace/kernel'
import * as contract from '../contract.ts'
import type { StoredModel } from '../store/model-rows.ts'
import type { RegistryStore } from '../store/registry.ts'
import { action } from '../store/registry.ts'
import { findModel, findNumbered } from './find-model.ts'

const { problem } = contract

/** Points an alias at a ready version, unless a later domain vetoes (`model-registry.move-alias`). The same again changes nothing. */
export const moveAlias = action(contract.moveAlias, async (context) => {
  const { store, input } = context
  const model = await findModel(store, input.name)
  const target = await findNumbered(store, input.name, input.version)
  if (target.state !== 'ready') throw problem['not-ready']({ state: target.state })
  if (model.aliases[input.alias] === input.version) return { answer: model, audit: 'unchanged' }
  return move(context, model, { alias: input.alias, to: target, reason: input.reason })
})

/** Takes an alias away; the same guard decides. Throws `model-registry/alias-not-found`. */
export const removeAlias = action(contract.removeAlias, async (context) => {
  const { store, input } = context
  const model = await findModel(store, input.name)
  if (model.aliases[input.alias] === undefined)
    throw problem['alias-not-found']({ model: model.name, alias: input.alias })
  return move(context, model, { alias: input.alias, to: undefined, reason: input.reason })
})

interface Move {
  readonly alias: string
  readonly to: contract.ModelVersion | undefined
  readonly reason: string | undefined
}

async function move(context: ActionContext<RegistryStore, unknown>, model: StoredModel, wanted: Move) {
  const { store, actor, nowMs, guard } = context
  const { alias, to } = wanted
  const from = await versionUnder(store, model, alias)
  const ids = { fromVersionId: from?.id ?? null, toVersionId: to?.id ?? null }
  await guard('model-registry.move-alias', { model: model.name, alias, ...ids, actor })
  if (to === undefined) await store.aliases.remove(model.id, alias)
  else await store.aliases.set(model.id, alias, to.version)
  const numbers = { from: model.aliases[alias] ?? null, to: to?.version ?? null }
  const by = { id: actor.id, name: actor.name }
  const { reason = null } = wanted
  await store.aliases.addMove({ modelId: model.id, alias, ...numbers, ...ids, atMs: nowMs, by, reason })
  await store.models.update(model.id, { updated_at_ms: nowMs })
  return {
    answer: { ...model, aliases: aliasesAfter(model, wanted), updatedAtMs: nowMs },
    events: [
      contract.aliasMoved({ model: model.name, alias, versionId: ids.toVersionId, fromVersionId: ids.fromVersionId }),
    ],
    audit: {
      object: ref('model', model.name),
      before: { alias, version: numbers.from },
      after: { alias, version: numbers.to },
      ...because(reason),
    },
  }
}

function because(reason: string | null) {
  return reason === null ? {} : { reason }
}

async function versionUnder(store: RegistryStore, model: StoredModel, alias: string) {
  const number = model.aliases[alias]
  return number === undefined ? undefined : store.versions.byNumber(model.id, number)
}

function aliasesAfter(model: StoredModel, { alias, to }: Move): Record<string, number> {
  const { [alias]: _gone, ...others } = model.aliases
  return to === undefined ? others : { ...others, [alias]: to.version }
}

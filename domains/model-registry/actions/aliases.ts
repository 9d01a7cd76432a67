import { ref } from '@millrace/contract'
import type { ActionContext } from '@millrace/kernel'
import * as contract from '../contract.ts'
import type { StoredModel } from '../store/model-rows.ts'
import type { RegistryStore } from '../store/registry.ts'
import { action } from '../store/registry.ts'
import { findModel, findNumbered } from './find-model.ts'
import { recordChange } from './record-change.ts'

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

/** Where an alias goes; `to` left empty takes it away. */
export interface Move {
  readonly alias: string
  readonly to: contract.ModelVersion | undefined
  readonly reason: string | undefined
}

async function move(context: ActionContext<RegistryStore, unknown>, model: StoredModel, wanted: Move) {
  const { fromVersionId, toVersionId, from, to } = await moveTo(context, model, wanted)
  const { name, kind } = model
  const { alias, reason = null } = wanted
  return {
    answer: { ...model, aliases: aliasesAfter(model, wanted) },
    events: [contract.aliasMoved({ model: name, alias, versionId: toVersionId, fromVersionId, kind, version: to })],
    audit: {
      object: ref('model', name),
      before: { alias, version: from },
      after: { alias, version: to },
      ...because(reason),
    },
  }
}

/** Moves an alias and remembers the move, if the guard `model-registry.move-alias` lets it. */
export async function moveTo(context: ActionContext<RegistryStore, unknown>, model: StoredModel, wanted: Move) {
  const { store, actor, guard } = context
  const { alias, to } = wanted
  const was = await versionUnder(store, model, alias)
  const ids = { fromVersionId: was?.id ?? null, toVersionId: to?.id ?? null }
  await guard('model-registry.move-alias', { model: model.name, alias, ...ids, actor })
  if (to === undefined) await store.aliases.remove(model.id, alias)
  else await store.aliases.set(model.id, alias, to.version)
  const moved = { ...ids, from: model.aliases[alias] ?? null, to: to?.version ?? null }
  await rememberMove(context, model, wanted, moved)
  return moved
}

async function rememberMove(
  context: ActionContext<RegistryStore, unknown>,
  model: StoredModel,
  { alias, reason }: Move,
  moved: Pick<contract.AliasMove, 'fromVersionId' | 'toVersionId' | 'from' | 'to'>,
): Promise<void> {
  const { store, actor, nowMs } = context
  const by = { id: actor.id, name: actor.name }
  await store.aliases.addMove({ modelId: model.id, alias, ...moved, atMs: nowMs, by, reason: reason ?? null })
  const version = moved.to ?? moved.from ?? undefined
  const { from, to } = moved
  await recordChange(context, model.id, { kind: 'alias', version, subject: alias, from, to, reason })
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

import type { ModelCard } from '../contract.ts'
import { applyingPolicy } from '../model/applying-policy.ts'
import { cardDigest } from '../model/card-digest.ts'
import { cardFigures } from '../model/card-figures.ts'
import type { GovernanceStore } from '../store/governance-store.ts'
import type { Ask } from './ask-within.ts'
import { lookAt } from './look-at.ts'

/** Makes the card of a version out of what the registry holds now and what governance decided. */
export async function cardOf(context: { store: GovernanceStore; ask: Ask }, versionId: string): Promise<ModelCard> {
  const { store, ask } = context
  const { version, model, seen } = await lookAt(ask, versionId)
  const gate = (await store.gates.latest(versionId)) ?? null
  const policy = gate?.policy ?? applyingPolicy(await store.policies.all(), model)?.name ?? null
  const said = {
    versionId,
    model: model.name,
    version: version.version,
    description: model.description,
    riskTier: model.riskTier,
    runId: version.runId,
    modelDigest: version.digest,
    createdBy: version.createdBy,
    createdAtMs: version.createdAtMs,
    policy,
    figures: cardFigures(seen, await store.cards.labelsOf(versionId)),
    gate,
    overrides: await store.gates.overrides(versionId),
  }
  return {
    ...said,
    approval: version.approval,
    approvals: await store.approvals.ofVersion(versionId),
    frozen: await store.cards.frozenOf(versionId),
    digest: cardDigest(said),
  }
}

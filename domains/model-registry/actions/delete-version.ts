import { ref } from '@millrace/contract'
import type { Holds, ActionContext } from '@millrace/kernel'
import { artifactRef, listArtifacts } from '@millrace/experiment-tracking'
import * as contract from '../contract.ts'
import { action } from '../store/registry.ts'
import { findVersion } from './find-model.ts'

/**
 * Deletes a version with its evidence, and lets go of its run and files. Refused while an alias names it, while something
 * holds it (a deployment), or while a later domain vetoes (`model-registry.delete-version`).
 */
export const deleteVersion = action(contract.deleteVersion, async (context) => {
  const { store, input, actor, guard, holds } = context
  const version = await findVersion(store, input.id)
  const self = ref('model-version', version.id)
  if (version.aliases.length > 0) {
    const aliases = version.aliases.map((alias) => `"${alias}"`).join(' and ')
    throw contract.problem['version-has-aliases']({ model: version.model, version: version.version, aliases })
  }
  await guard('model-registry.delete-version', {
    versionId: version.id,
    model: version.model,
    version: version.version,
    actor,
  })
  await holds.refuseIfHeld(self)
  await releaseFiles(context, version)
  for (const evidence of await store.evidence.ofVersion(version.id, Number.MAX_SAFE_INTEGER - 1, undefined)) {
    await releaseEvidence(holds, evidence)
    await store.evidence.remove(evidence.id)
  }
  await store.versions.remove(version.id)
  return {
    answer: {},
    events: [contract.versionDeleted({ id: version.id, model: version.model, version: version.version })],
    audit: { object: self, before: version },
  }
})

async function releaseFiles(
  { ask, holds }: Pick<ActionContext<unknown, unknown>, 'ask' | 'holds'>,
  version: contract.ModelVersion,
): Promise<void> {
  const self = ref('model-version', version.id)
  if (version.runId !== null) await holds.release(ref('run', version.runId), self)
  if (version.derivedFrom !== null) await holds.release(ref('model-version', version.derivedFrom), self)
  const ownerId = version.loggedModelId ?? version.runId
  if (ownerId === null) return
  const owner = { kind: version.loggedModelId === null ? ('run' as const) : ('logged-model' as const), id: ownerId }
  const { items } = await ask(listArtifacts, {
    id: owner.id,
    owner: owner.kind,
    path: version.artifactPath,
    recursive: true,
  })
  for (const { path } of items) await holds.release(artifactRef(owner, path), self)
  await holds.release(artifactRef(owner, version.artifactPath), self)
}

/** Lets go of the data that evidence was measured on. */
export async function releaseEvidence(holds: Holds, evidence: contract.Evidence): Promise<void> {
  if (evidence.datasetVersionId === null) return
  await holds.release(ref('dataset-version', evidence.datasetVersionId), ref('evidence', evidence.id))
}

import { ref } from '@millrace/contract'
import { readVersionById as readDatasetVersion } from '@millrace/datasets'
import type { LineageEdge } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { action } from '../store/registry.ts'
import { releaseEvidence } from './delete-version.ts'
import { findVersion } from './find-model.ts'

/** Attaches what was measured of a version; the data it was measured on is kept from deletion. */
export const attachEvidence = action(
  contract.attachEvidence,
  async ({ store, input, actor, nowMs, newId, ask, holds }) => {
    const { id: versionId, ...measured } = input
    const version = await findVersion(store, versionId)
    if (measured.comparedWith !== undefined) await findVersion(store, measured.comparedWith.versionId)
    const evidence: contract.Evidence = {
      id: newId('evd') as contract.Evidence['id'], // newId makes it of this kind
      versionId: version.id,
      kind: measured.kind,
      datasetVersionId: measured.datasetVersionId,
      metrics: measured.metrics,
      ...(measured.comparedWith === undefined ? {} : { comparedWith: measured.comparedWith }),
      verdict: measured.verdict,
      sentence: measured.sentence,
      ...(measured.details === undefined ? {} : { details: measured.details }),
      ...(measured.runId === undefined ? {} : { runId: measured.runId }),
      createdAtMs: nowMs,
      createdBy: actor.name,
    }
    await store.evidence.insert(evidence)
    const self = ref('evidence', evidence.id)
    const edges: LineageEdge[] = [{ from: ref('model-version', version.id), type: 'validated_by', to: self }]
    if (evidence.datasetVersionId !== null) {
      const data = await ask(readDatasetVersion, { id: evidence.datasetVersionId })
      const on = ref('dataset-version', data.id)
      await holds.place(on, self, `version ${version.version} of "${version.model}" was measured on it`)
      edges.push({ from: self, type: 'used_data', to: on, context: 'validation' })
    }
    return {
      answer: evidence,
      events: [contract.evidenceAttached({ id: evidence.id, versionId: version.id, verdict: evidence.verdict })],
      audit: { object: self, after: evidence },
      edges,
    }
  },
)

/** Removes evidence; what stood on it reads "not measured" from then on. Throws `model-registry/evidence-not-found`. */
export const deleteEvidence = action(contract.deleteEvidence, async ({ store, input, holds }) => {
  const evidence = await store.evidence.find(input.id)
  if (evidence === undefined) throw contract.problem['evidence-not-found']({ id: input.id })
  await holds.refuseIfHeld(ref('evidence', evidence.id))
  await releaseEvidence(holds, evidence)
  await store.evidence.remove(evidence.id)
  const reason = input.reason === undefined ? {} : { reason: input.reason }
  return { answer: {}, audit: { object: ref('evidence', evidence.id), before: evidence, ...reason } }
})

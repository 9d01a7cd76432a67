import { createHash } from 'node:crypto'
import { ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import { action, ingest, query } from '../../store/tracking.ts'
import { findRun, findWritableRun } from '../find-run.ts'

/**
 * Logs metrics that a run measured for logged models, all or nothing. What is there already changes nothing.
 * Throws `run-not-found`, `run-deleted`, `model-not-found`.
 */
export const logModelMetrics = ingest(contract.logModelMetrics, async ({ store, input }) => {
  await findWritableRun(store, input.id)
  const known = await store.loggedModels.known([...new Set(input.metrics.map(({ modelId }) => modelId))])
  const missing = input.metrics.find(({ modelId }) => !known.has(modelId))
  if (missing !== undefined) throw problem['model-not-found']({ id: missing.modelId })
  const metrics = input.metrics.map(({ datasetName = null, datasetDigest = null, ...metric }) => {
    return { ...metric, runId: input.id, datasetName, datasetDigest }
  })
  await store.loggedModels.addMetrics(metrics)
  const digest = createHash('sha256').update(JSON.stringify(input)).digest('hex')
  return { answer: {}, counted: { source: ref('run', input.id), rows: metrics.length, digest } }
})

/** Says which logged models a run took and made; they need not be here. Throws `run-not-found`, `run-deleted`. */
export const linkModels = action(contract.linkModels, async ({ store, input }) => {
  await findWritableRun(store, input.id)
  const taken = input.inputs.map((modelId) => ({ role: 'input' as const, modelId, step: 0 }))
  const made = input.outputs.map(({ modelId, step }) => ({ role: 'output' as const, modelId, step }))
  await store.modelLinks.add(input.id, [...taken, ...made])
  const known = await store.loggedModels.known([...taken, ...made].map(({ modelId }) => modelId))
  const edges = made
    .filter(({ modelId }) => known.has(modelId))
    .map(({ modelId }) => {
      return { from: ref('run', input.id), type: 'produced' as const, to: ref('logged-model', modelId) }
    })
  return {
    answer: {},
    audit: { object: ref('run', input.id), after: { inputs: input.inputs, outputs: input.outputs } },
    edges,
  }
})

/** Which logged models a run took and made. Throws `run-not-found`. */
export const readModelLinks = query(contract.readModelLinks, async ({ store, input }) => {
  await findRun(store, input.id)
  const links = (await store.modelLinks.ofRuns([input.id])).get(input.id) ?? []
  return {
    inputs: links.filter(({ role }) => role === 'input').map(({ modelId }) => modelId),
    outputs: links.filter(({ role }) => role === 'output').map(({ modelId, step }) => ({ modelId, step })),
  }
})

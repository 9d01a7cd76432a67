import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/tracking.ts'
import { dataEdges } from './create-run.ts'
import { findWritableRun } from './find-run.ts'
import { holdData, recognizeData, resolveData } from './resolve-data.ts'

/**
 * Says which data a run used: versions of ours, which become edges and are held, and data that its client describes.
 * Where that means a version of ours, by a source that names one or by its digest, it is that version's use, too.
 */
export const logInputs = action(contract.logInputs, async (context) => {
  const { store, input } = context
  const run = await findWritableRun(store, input.id)
  const own = await resolveData(context, input.data)
  const foreign = await recognizeData(context, input.foreign)
  const data = [...own, ...foreign]
  await store.inputs.add(run.id, data)
  await holdData(context, run.id, run.name, data)
  const after = { data: own, foreign: foreign.map(({ name, digest, versionId }) => ({ name, digest, versionId })) }
  return { answer: {}, audit: { object: ref('run', run.id), after }, edges: dataEdges(run.id, data) }
})

import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/tracking.ts'
import { dataEdges } from './create-run.ts'
import { findWritableRun } from './find-run.ts'
import { holdData, resolveData } from './resolve-data.ts'

/** Says which data a run used: versions of ours, which become edges and are held, and data only the client knows. */
export const logInputs = action(contract.logInputs, async (context) => {
  const { store, input } = context
  const run = await findWritableRun(store, input.id)
  const own = await resolveData(context, input.data)
  const foreign = input.foreign.map((data) => ({ ...data, versionId: null }))
  await store.inputs.add(run.id, [...own, ...foreign])
  await holdData(context, run.id, run.name, own)
  const after = { data: own, foreign: foreign.map(({ name, digest }) => ({ name, digest })) }
  return { answer: {}, audit: { object: ref('run', run.id), after }, edges: dataEdges(run.id, own) }
})

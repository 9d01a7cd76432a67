import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { problem } from '../contract.ts'
import { searchSpaceFaults } from '../model/search-space.ts'
import type { StudyRow } from '../store/tables.ts'
import { action } from '../store/optimization-store.ts'
import { showStudy } from './show-study.ts'

/** Declares a study. The space may be changed while it runs: the sampler leaves out trials that do not fit. */
export const putStudy = action(contract.putStudy, async ({ store, input, nowMs, newId }) => {
  const { name, ...spec } = input
  const faults = searchSpaceFaults(spec.space)
  if (faults.length > 0) throw problem['bad-space']({ faults: faults.join(' ') })
  const before = await store.studies.find(name)
  if (before !== undefined && canonicalJson(JSON.parse(before.spec)) === canonicalJson(spec))
    return { answer: await showStudy(store, before), audit: 'unchanged' }
  if (before !== undefined) refuseNewMeaning(before, spec)
  const row = rowOf(before ?? { id: newId('stu'), name, trials: 0, created_at_ms: nowMs }, spec, nowMs)
  await store.studies.put(row)
  const audit = { object: ref('study', row.id), after: spec }
  return {
    answer: await showStudy(store, row),
    audit: before === undefined ? audit : { ...audit, before: JSON.parse(before.spec) as unknown },
  }
})

function rowOf(
  kept: Pick<StudyRow, 'id' | 'name' | 'trials' | 'created_at_ms'>,
  spec: contract.StudySpec,
  nowMs: number,
): StudyRow {
  const { id, name, trials, created_at_ms: createdAtMs } = kept
  return { id, name, trials, created_at_ms: createdAtMs, spec: JSON.stringify(spec), updated_at_ms: nowMs }
}

/** What the values of earlier trials mean must not change under them. */
function refuseNewMeaning(before: StudyRow, spec: contract.StudySpec): void {
  const earlier = contract.StudySpec.parse(JSON.parse(before.spec))
  const what = earlier.metric !== spec.metric ? 'metric' : 'direction'
  const same = earlier.metric === spec.metric && earlier.direction === spec.direction
  if (before.trials > 0 && !same) throw problem['has-trials']({ name: before.name, what })
}

import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { Assessment } from '../contract.ts'
import type { TracesStore } from '../store/traces-store.ts'
import { action, query } from '../store/traces-store.ts'
import { newAssessment } from './start-trace.ts'

const { problem } = contract

/** Adds feedback or an expectation. Throws `trace-not-found`, `assessment-exists`, and `assessment-not-found` for the one it overrides. */
export const addAssessment = action(contract.addAssessment, async ({ store, input, nowMs, newHexId }) => {
  const { id: traceId } = input
  if ((await store.traces.find(traceId)) === undefined) throw problem['trace-not-found']({ id: traceId })
  const added = newAssessment(input.assessment, traceId, nowMs, newHexId)
  if ((await store.assessments.find(traceId, added.id)) !== undefined)
    throw problem['assessment-exists']({ id: added.id })
  if (added.overrides !== null) {
    await findAssessment(store, traceId, added.overrides)
    await store.assessments.setValid(traceId, added.overrides, false)
  }
  await store.assessments.put(added)
  return { answer: added, audit: { object: ref('trace', traceId), after: { assessment: added } } }
})

/** Changes an assessment. Throws `assessment-not-found`, `assessment-kind`. */
export const changeAssessment = action(contract.changeAssessment, async ({ store, input, nowMs }) => {
  const { id: traceId, assessmentId, name, kind, value, error, rationale, valid, metadata } = input
  const before = await findAssessment(store, traceId, assessmentId)
  if (kind !== undefined && kind !== before.kind) throw problem['assessment-kind']({ given: kind, kind: before.kind })
  const after: Assessment = {
    ...before,
    ...(name === undefined ? {} : { name }),
    ...(value === undefined ? {} : { value }),
    ...(error === undefined ? {} : { error }),
    ...(rationale === undefined ? {} : { rationale }),
    ...(valid === undefined ? {} : { valid }),
    metadata: { ...before.metadata, ...metadata },
    updatedAtMs: nowMs,
  }
  await store.assessments.put(after)
  return {
    answer: after,
    audit: { object: ref('trace', traceId), before: { assessment: before }, after: { assessment: after } },
  }
})

/** Deletes an assessment; the one it overrode is valid again. Deleting one that is not there changes nothing. */
export const deleteAssessment = action(contract.deleteAssessment, async ({ store, input }) => {
  const { id: traceId, assessmentId } = input
  if ((await store.traces.find(traceId)) === undefined) throw problem['trace-not-found']({ id: traceId })
  const before = await store.assessments.find(traceId, assessmentId)
  if (before === undefined) return { answer: {}, audit: 'unchanged' }
  if (before.overrides !== null) await store.assessments.setValid(traceId, before.overrides, true)
  await store.assessments.remove(traceId, assessmentId)
  return { answer: {}, audit: { object: ref('trace', traceId), before: { assessment: before } } }
})

/** Reads an assessment. Throws `trace-not-found`, `assessment-not-found`. */
export const readAssessment = query(contract.readAssessment, async ({ store, input }) =>
  findAssessment(store, input.id, input.assessmentId),
)

async function findAssessment(
  store: Pick<TracesStore, 'assessments' | 'traces'>,
  traceId: string,
  id: string,
): Promise<Assessment> {
  const found = await store.assessments.find(traceId, id)
  if (found !== undefined) return found
  if ((await store.traces.find(traceId)) === undefined) throw problem['trace-not-found']({ id: traceId })
  throw problem['assessment-not-found']({ id, traceId })
}

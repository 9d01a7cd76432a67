import { createHash } from 'node:crypto'
import { canonicalJson, ref } from '@millrace/contract'
import { findRun, findWritableRun } from '../../actions/find-run.ts'
import * as contract from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import { action, query } from '../../store/tracking.ts'

/**
 * Records how a run came about, once; the same again changes nothing. Throws `provenance-recorded` for something else,
 * `run-not-found`, `run-deleted`.
 */
export const putProvenance = action(contract.putProvenance, async ({ store, input }) => {
  const { id, reproducesRunId, ...recorded } = input
  await findWritableRun(store, id)
  if (reproducesRunId !== null) await findRun(store, reproducesRunId)
  const before = await store.provenance.find(id)
  if (before !== undefined) {
    if (canonicalJson(before) === canonicalJson({ recorded, reproducesRunId }))
      return { answer: {}, audit: 'unchanged' }
    throw problem['provenance-recorded']({ id })
  }
  await store.provenance.add(id, { recorded, reproducesRunId })
  const { command, code } = recorded
  const digest = `sha256:${createHash('sha256').update(canonicalJson(recorded)).digest('hex')}`
  return {
    answer: {},
    audit: {
      object: ref('run', id),
      after: { command, commit: code?.commit ?? null, patch: code?.patch?.digest ?? null, reproducesRunId, digest },
    },
    edges:
      reproducesRunId === null
        ? []
        : [{ from: ref('run', id), type: 'reproduces' as const, to: ref('run', reproducesRunId) }],
  }
})

/** What a launcher recorded of a run; null where none did. Throws `experiment-tracking/run-not-found`. */
export const readRecordedProvenance = query(contract.readRecordedProvenance, async ({ store, input }) => {
  await findRun(store, input.id)
  const kept = await store.provenance.find(input.id)
  return { recorded: kept?.recorded ?? null, reproducesRunId: kept?.reproducesRunId ?? null }
})

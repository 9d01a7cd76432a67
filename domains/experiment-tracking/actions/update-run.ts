import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/tracking.ts'
import { findWritableRun, wholeRun } from './find-run.ts'

const ended = new Set<string>(['finished', 'failed', 'killed'])

/**
 * Changes a run's status, name or end. The status moves freely: a finished run may be resumed. Ending one sets its end
 * to now where none is given.
 */
export const updateRun = action(contract.updateRun, async ({ store, input, nowMs }) => {
  const row = await findWritableRun(store, input.id)
  const status = input.status ?? row.status
  const ends = ended.has(status) && !ended.has(row.status)
  const set = {
    status,
    name: input.name ?? row.name,
    ended_at_ms: input.endedAtMs === undefined ? (ends ? nowMs : row.ended_at_ms) : input.endedAtMs,
  }
  const before = { status: row.status, name: row.name, ended_at_ms: row.ended_at_ms }
  const answer = await wholeRun(store, { ...row, ...set })
  if (JSON.stringify(before) === JSON.stringify(set)) return { answer, audit: 'unchanged' }
  await store.runs.update(row.id, set)
  const event = { id: row.id, experiment: answer.experiment, name: set.name, status: answer.status }
  return {
    answer,
    events: ends ? [contract.runFinished(event)] : [],
    audit: { object: ref('run', row.id), before, after: set },
  }
})

import { ref } from '@millrace/contract'
import { ScheduleSpec } from '../contract.ts'
import * as contract from '../model/engine-contract.ts'
import { latestOccurrenceMs, nextOccurrenceMs } from '../model/next-occurrence.ts'
import { action } from '../store/pipelines-store.ts'
import { beginRun } from './begin-run.ts'

/** A due time this far in the past was missed: no server was there for it. */
const missedAfterMs = 60_000

/**
 * Starts the run that a schedule owes for `dueAtMs`, unless somebody has already done so. Of several times that were
 * missed the latest alone is run, or none where the schedule says so.
 */
export const fireSchedule = action(contract.fireSchedule, async (context) => {
  const { store, input, nowMs } = context
  const row = await store.schedules.find(input.name)
  if (row === undefined || row.next_at_ms !== input.dueAtMs || input.dueAtMs > nowMs)
    return { answer: { started: false }, audit: 'unchanged' }
  const spec = ScheduleSpec.parse(JSON.parse(row.spec))
  const dueMs = latestOccurrenceMs(spec.cron, spec.timeZone, input.dueAtMs - 1, nowMs) ?? input.dueAtMs
  const next = nextOccurrenceMs(spec.cron, spec.timeZone, nowMs)
  await store.schedules.put({ ...row, next_at_ms: next, last_due_at_ms: dueMs })
  const object = ref('schedule', row.name)
  if (nowMs - dueMs > missedAfterMs && spec.missed === 'skip')
    return { answer: { started: false }, audit: { object, after: { missedAtMs: dueMs } } }
  const { run, events, edges } = await beginRun(context, {
    pipeline: spec.pipeline,
    parameters: spec.parameters,
    trigger: { kind: 'schedule', id: row.name },
    useCache: true,
    key: null,
  })
  return { answer: { started: true }, events, edges, audit: { object, after: { dueAtMs: dueMs, run: run.id } } }
})

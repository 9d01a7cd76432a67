import { canonicalJson, decodePageToken, pageOf, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { problem } from '../contract.ts'
import { nextOccurrenceMs } from '../model/next-occurrence.ts'
import { completeParameters } from '../model/parameters.ts'
import { action, query } from '../store/pipelines-store.ts'
import type { PipelinesTables } from '../store/tables.ts'

type ScheduleRow = Omit<PipelinesTables['pipelines_schedule'], 'workspace'>

/** Declares a schedule; its first run is the next one due from now. */
export const putSchedule = action(contract.putSchedule, async ({ store, input, nowMs }) => {
  const { name, ...spec } = input
  const before = await store.schedules.find(name)
  if (before !== undefined && canonicalJson(JSON.parse(before.spec)) === canonicalJson(spec))
    return { answer: showSchedule(before), audit: 'unchanged' }
  const pipeline = await store.pipelines.read(spec.pipeline)
  const version = await store.versions.read(pipeline.version_id)
  completeParameters(version.parameters, spec.parameters)
  const next = nextOccurrenceMs(spec.cron, spec.timeZone, nowMs)
  const row = {
    name,
    spec: JSON.stringify(spec),
    next_at_ms: spec.paused ? null : next,
    last_due_at_ms: before?.last_due_at_ms ?? null,
    created_at_ms: before?.created_at_ms ?? nowMs,
    updated_at_ms: nowMs,
  }
  await store.schedules.put(row)
  return {
    answer: showSchedule(row),
    events: [contract.scheduleChanged({ id: name })],
    audit: {
      object: ref('schedule', name),
      after: spec,
      ...(before === undefined ? {} : { before: JSON.parse(before.spec) as unknown }),
    },
  }
})

export const deleteSchedule = action(contract.deleteSchedule, async ({ store, input }) => {
  const before = await store.schedules.find(input.name)
  if (before === undefined) throw problem['no-such-schedule']({ name: input.name })
  await store.schedules.remove(input.name)
  return { answer: {}, audit: { object: ref('schedule', input.name), before: JSON.parse(before.spec) as unknown } }
})

export const readSchedule = query(contract.readSchedule, async ({ store, input }) => {
  const row = await store.schedules.find(input.name)
  if (row === undefined) throw problem['no-such-schedule']({ name: input.name })
  return showSchedule(row)
})

export const listSchedules = query(contract.listSchedules, async ({ store, input }) => {
  const { limit, pageToken } = input
  const [after = ''] = pageToken === undefined ? [] : (decodePageToken(pageToken) ?? [])
  const rows = await store.schedules.list(String(after), limit + 1)
  return pageOf(rows, limit, (row) => [row.name], showSchedule)
})

function showSchedule(row: ScheduleRow) {
  return {
    name: row.name,
    spec: contract.ScheduleSpec.parse(JSON.parse(row.spec)),
    nextAtMs: row.next_at_ms,
    lastDueAtMs: row.last_due_at_ms,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}

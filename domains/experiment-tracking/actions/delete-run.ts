import type { ActionContext, AuditEntry } from '@millrace/kernel'
import type { DomainEvent } from '@millrace/contract'
import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { withDescendants } from '../retention/actions/purge.ts'
import type { TrackingStore } from '../store/tracking.ts'
import { action } from '../store/tracking.ts'
import { findRun, wholeRun } from './find-run.ts'

type Context = ActionContext<TrackingStore, contract.RunChange>

/**
 * Marks a run deleted, unless something holds it (`kernel/held`) or a later domain vetoes; with its children where that
 * is asked for, all or none. Deleting it twice changes nothing.
 */
export const deleteRun = action(contract.deleteRun, (context) => changeAll(context, deleteOne))

/** Takes the mark away again, from its children too where that is asked for. */
export const restoreRun = action(contract.restoreRun, (context) => changeAll(context, restoreOne))

interface Changed {
  readonly event: DomainEvent
  readonly audit: AuditEntry
}

async function changeAll(context: Context, change: (context: Context, id: string) => Promise<Changed | undefined>) {
  const { store, input } = context
  const ids = input.withChildren ? await withDescendants(store, input.id) : [input.id]
  const changed: Changed[] = []
  for (const id of ids) {
    const one = await change(context, id)
    if (one !== undefined) changed.push(one)
  }
  if (changed.length === 0) return { answer: {}, audit: 'unchanged' as const }
  return { answer: {}, events: changed.map(({ event }) => event), audit: changed.map(({ audit }) => audit) }
}

async function deleteOne(context: Context, id: string): Promise<Changed | undefined> {
  const { store, actor, nowMs, guard, holds } = context
  const row = await findRun(store, id)
  if (row.deleted_at_ms !== null) return undefined
  const run = await wholeRun(store, row)
  await guard('experiment-tracking.delete-run', { runId: run.id, experiment: run.experiment, actor })
  await holds.refuseIfHeld(ref('run', run.id))
  await store.runs.update(run.id, { deleted_at_ms: nowMs })
  return {
    event: contract.runDeleted({ id: run.id, experiment: run.experiment, name: run.name }),
    audit: { object: ref('run', run.id), before: { deleted: false }, after: { deleted: true } },
  }
}

async function restoreOne({ store }: Context, id: string): Promise<Changed | undefined> {
  const row = await findRun(store, id)
  if (row.deleted_at_ms === null) return undefined
  const run = await wholeRun(store, row)
  await store.runs.update(run.id, { deleted_at_ms: null })
  return {
    event: contract.runRestored({ id: run.id, experiment: run.experiment, name: run.name }),
    audit: { object: ref('run', run.id), before: { deleted: true }, after: { deleted: false } },
  }
}

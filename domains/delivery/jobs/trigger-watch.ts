import type { Runtime, StoredEvent } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { considerTrigger } from '../actions/consider-trigger.ts'
import { checkCron } from '../actions/put-release-policy.ts'
import type { ReleaseTrigger } from '../contract.ts'
import { wasDue } from '../model/cron.ts'
import { isTriggeredBy, triggerOfEvent } from '../model/triggers.ts'
import { deliveryStore, policiesOfAll } from '../store/delivery-store.ts'

type Consider = ReturnType<typeof considerTrigger>

/** Turns events and times into triggers of release policies. */
export interface TriggerWatch {
  hear(event: StoredEvent): Promise<void>
  /** Looks at all cron triggers: what became due since the last look, also while nothing ran, starts once. */
  lookAtClock(): Promise<void>
}

/** Makes the watch. */
export function createTriggerWatch(runtime: Runtime, consider: Consider): TriggerWatch {
  const { runner, database } = runtime
  const contextOf = (workspace: string) => ({ actor: systemActor('delivery'), workspace })
  return {
    hear: async (event) => {
      const { workspace } = event
      for (const policy of await deliveryStore(database.reader, workspace).policies.all()) {
        if (!isTriggeredBy(policy.spec, event)) continue
        const input = { policy: policy.name, key: event.id, trigger: triggerOfEvent(event) }
        await runner.act(consider, input, contextOf(workspace))
      }
    },
    lookAtClock: async () => {
      const nowMs = runtime.nowMs()
      for (const { workspace, policy, checkedAtMs } of await policiesOfAll(database.reader)) {
        const { name } = policy
        const due = policy.spec.triggers
          .filter((trigger) => 'cron' in trigger)
          .filter((found) => wasDue(found, checkedAtMs, nowMs))
        for (const { cron, timeZone } of due) {
          const trigger: ReleaseTrigger = {
            kind: 'schedule',
            id: name,
            reason: `The schedule "${cron}" (${timeZone}) was due.`,
            event: null,
            by: null,
            atMs: nowMs,
            values: {},
          }
          await runner.act(
            consider,
            { policy: name, key: `cron:${cron}:${checkedAtMs}`, trigger },
            contextOf(workspace),
          )
        }
        if (due.length > 0) await runner.act(checkCron, { policy: name, atMs: nowMs }, contextOf(workspace))
      }
    },
  }
}

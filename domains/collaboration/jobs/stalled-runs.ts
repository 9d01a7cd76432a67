import { messageOfRun, letsThrough } from '../model/notification.ts'
import { storeOf } from '../store/collaboration.ts'
import { workspacesWithRules } from '../store/due-deliveries.ts'
import type { ComposeDeps } from './compose-deliveries.ts'
import { messageDeliveries, saveDeliveries } from './compose-deliveries.ts'

/** Tells of runs that are running but have logged nothing for as long as a rule says; once for each silence. */
export async function tellOfStalledRuns(deps: ComposeDeps): Promise<void> {
  for (const workspace of await workspacesWithRules(deps.runtime.database)) await tellIn(deps, workspace)
}

async function tellIn({ runtime, runs }: ComposeDeps, workspace: string): Promise<void> {
  const rules = await storeOf(runtime.database.reader, workspace).rules.all()
  const watching = rules.filter(({ spec }) => spec.active && spec.on.includes('run.stalled'))
  for (const rule of watching) {
    const minutes = rule.spec.stalledAfterMinutes
    const quiet = await runs.quietSince(workspace, runtime.nowMs() - minutes * 60_000)
    const deliveries = quiet
      .filter((run) => letsThrough(rule.spec.filter, run))
      .flatMap((run) =>
        messageDeliveries(runtime, rule, {
          key: `stalled.${rule.name}.${run.id}.${run.lastAtMs}`,
          event: 'run.stalled',
          message: messageOfRun(run, 'stalled', minutes),
        }),
      )
    await saveDeliveries(runtime, workspace, deliveries)
  }
}

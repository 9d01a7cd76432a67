import type { Approval } from '@millrace/governance/contract'
import type { Api } from '@millrace/ui/data'
import type { ShellCounts } from './navigation.ts'

/** What stands around every page. */
export interface ShellView {
  person: string
  counts: ShellCounts
}

export const shellTopics = ['pipelines.run', 'governance.approval', 'monitoring.incident'] as const
export const emptyShell: ShellView = {
  person: 'You',
  counts: { runningPipelines: 0, approvalsDue: 0, openIncidents: 0 },
}

interface Items<Item> {
  items: readonly Item[]
}

/** Fetches the person and the counts of the side bar. */
export async function loadShell(api: Api, signal: AbortSignal): Promise<ShellView> {
  const [me, running, approvals, incidents] = await Promise.all([
    api.get<{ actor: { id: string; name: string } }>('me', { signal }),
    api.get<Items<unknown>>('pipeline-runs', { query: { state: 'running', limit: 100 }, signal }),
    api.get<Items<Approval>>('approvals', { query: { state: 'requested', limit: 100 }, signal }),
    api.get<Items<unknown>>('incidents', { query: { state: 'open', limit: 100 }, signal }),
  ])
  return {
    person: me.actor.name,
    counts: {
      runningPipelines: running.items.length,
      approvalsDue: approvals.items.length,
      openIncidents: incidents.items.length,
    },
  }
}

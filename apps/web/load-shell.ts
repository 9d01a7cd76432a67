import type { Approval } from '@millrace/governance/contract'
import type { Api } from '@millrace/ui/data'
import type { IconName } from '@millrace/ui/parts'
import type { ShellCounts } from './navigation.ts'

/** What stands around every page. */
export interface ShellView {
  person: string
  counts: ShellCounts
}

/** Something that has a name, for the palette. */
export interface ShellName {
  name: string
  fact: string
  icon: IconName
  to: string
}

export const shellTopics = ['pipelines.run', 'governance.approval', 'monitoring.incident'] as const
export const nameTopics = [
  'model-registry.version',
  'model-serving.endpoint',
  'experiment-tracking.experiment',
  'datasets.version',
  'pipelines.version',
] as const

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

const lists: readonly (readonly [path: string, fact: string, icon: IconName])[] = [
  ['models', 'model', 'model'],
  ['endpoints', 'endpoint', 'endpoint'],
  ['experiments', 'experiment', 'run'],
  ['datasets', 'dataset', 'dataset'],
  ['pipelines', 'pipeline', 'pipeline'],
  ['monitors', 'monitor', 'monitor'],
  ['studies', 'study', 'study'],
]

/** Fetches everything that has a name. */
export async function loadNames(api: Api, signal: AbortSignal): Promise<readonly ShellName[]> {
  const found = await Promise.all(
    lists.map(async ([path, fact, icon]) => {
      const { items } = await api.get<Items<{ name: string }>>(path, { query: { limit: 200 }, signal })
      return items.map(({ name }) => ({ name, fact, icon, to: `/${path}/${encodeURIComponent(name)}` }))
    }),
  )
  return found.flat()
}

import type { Api } from '@millrace/ui/data'
import type { IconName } from '@millrace/ui/parts'
import type { ShellCounts } from './navigation.ts'

/** What stands around every page. */
export interface ShellView {
  person: string
  counts: ShellCounts
  /** Everything that has a name, for the palette. */
  names: readonly { name: string; fact: string; icon: IconName; to: string }[]
}

export const shellTopics = [
  'pipelines.run',
  'governance.approval',
  'monitoring.incident',
  'model-registry.model',
  'model-serving.endpoint',
  'experiment-tracking.experiment',
] as const

export const emptyShell: ShellView = {
  person: 'You',
  counts: { runningPipelines: 0, approvalsDue: 0, openIncidents: 0 },
  names: [],
}

/** Fetches the person, the counts and the names. */
export function loadShell(api: Api, signal: AbortSignal): Promise<ShellView> {
  return api.get<ShellView>('views/shell', { signal })
}

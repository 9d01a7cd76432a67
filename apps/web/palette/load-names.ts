import type { Api } from '@millrace/ui/data'
import type { IconName } from '@millrace/ui/parts'

/** Something that has a name, for the palette. */
export interface ShellName {
  name: string
  fact: string
  icon: IconName
  to: string
}

export const nameTopics = [
  'model-registry.version',
  'model-serving.endpoint',
  'experiment-tracking.experiment',
  'datasets.version',
  'pipelines.version',
] as const

interface Items<Item> {
  items: readonly Item[]
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

/** Fetches everything that has a name; asked when the palette is first opened. */
export async function loadNames(api: Api, signal: AbortSignal): Promise<readonly ShellName[]> {
  const found = await Promise.all(
    lists.map(async ([path, fact, icon]) => {
      const { items } = await api.get<Items<{ name: string }>>(path, { query: { limit: 200 }, signal })
      return items.map(({ name }) => ({ name, fact, icon, to: `/${path}/${encodeURIComponent(name)}` }))
    }),
  )
  return found.flat()
}

import type { SettingsEntry } from '@millrace/ui/shell'
import { lazy, type ComponentType } from 'react'
import { domains } from '../domains.ts'

const own: readonly SettingsEntry[] = [
  { key: 'appearance', title: 'Appearance', group: 'You', load: () => import('./appearance-section.tsx') },
  { key: 'storage', title: 'Storage', group: 'Workspace', load: () => import('./storage/storage-section.tsx') },
  { key: 'trash', title: 'Trash', group: 'Workspace', load: () => import('./storage/trash-section.tsx') },
  { key: 'health', title: 'Health', group: 'Workspace', load: () => import('./health/health-section.tsx') },
]

/** A section whose code arrives when it is first opened. */
export interface Section extends SettingsEntry {
  Section: ComponentType
}

/** All sections: the domains' first, in the order of the map, then the application's own. */
export const settings: readonly Section[] = [...domains.flatMap((domain) => domain.settings ?? []), ...own].map(
  (entry) => ({ ...entry, Section: lazy(entry.load) }),
)

/** The sections by what they are about. */
export function groupsOfSettings(): (readonly [group: string, sections: readonly Section[]])[] {
  return (['You', 'Workspace'] as const).map((group) => [group, settings.filter((each) => each.group === group)])
}

import type { ComponentType } from 'react'

/** What a page receives from its address. Names with slashes arrive decoded. */
export interface PageParams {
  params: Readonly<Record<string, string>>
}

/** One page of a domain. `path` is relative to the workspace, with `$name` for parameters; its code is fetched when first opened. */
export interface PageEntry {
  path: string
  load: () => Promise<{ default: ComponentType<PageParams> }>
}

/** One section of the settings: what one person, or the workspace, decides about a domain. */
export interface SettingsEntry {
  /** Its name in the address. */
  key: string
  title: string
  group: 'You' | 'Workspace'
  load: () => Promise<{ default: ComponentType }>
}

/** What a domain contributes to the web application. */
export interface WebManifest {
  domain: string
  pages: readonly PageEntry[]
  settings?: readonly SettingsEntry[]
}

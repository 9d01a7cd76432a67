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

/** What a domain contributes to the web application. */
export interface WebManifest {
  domain: string
  pages: readonly PageEntry[]
}

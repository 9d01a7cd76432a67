import type { WebManifest } from '@millrace/ui/shell'

/** Releases. */
export const deliveryWeb: WebManifest = {
  domain: 'delivery',
  pages: [
    { path: '/releases', load: () => import('./releases-page.tsx') },
    { path: '/releases/$release', load: () => import('./release-page.tsx') },
  ],
}

export { loopRow, type LoopRow } from './loop-row.ts'

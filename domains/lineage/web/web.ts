import type { WebManifest } from '@millrace/ui/shell'

/** The lineage graph, from any entity. */
export const lineageWeb: WebManifest = {
  domain: 'lineage',
  pages: [
    { path: '/lineage', load: () => import('./lineage-start-page.tsx') },
    { path: '/lineage/$kind/$id', load: () => import('./lineage-page.tsx') },
  ],
}

export { loadNeighbours, type Neighbours } from './load-neighbours.ts'
export { loadThread } from './load-thread.ts'
export { nodeLook, type NodeLook } from './node-look.ts'

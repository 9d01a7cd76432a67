import type { WebManifest } from '@millrace/ui/shell'

/** Pipelines and their runs. */
export const pipelinesWeb: WebManifest = {
  domain: 'pipelines',
  pages: [
    { path: '/pipelines', load: () => import('./pipelines-page.tsx') },
    { path: '/pipelines/$pipeline', load: () => import('./pipeline-page.tsx') },
    { path: '/pipelines/$pipeline/runs/$run', load: () => import('./run-page.tsx') },
  ],
}

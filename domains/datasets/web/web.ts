import type { WebManifest } from '@millrace/ui/shell'

/** Datasets and their versions. */
export const datasetsWeb: WebManifest = {
  domain: 'datasets',
  pages: [
    { path: '/datasets', load: () => import('./datasets-page.tsx') },
    { path: '/datasets/$dataset', load: () => import('./dataset-page.tsx') },
    { path: '/datasets/$dataset/versions/$version', load: () => import('./dataset-page.tsx') },
  ],
}

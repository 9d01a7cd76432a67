import type { WebManifest } from '@millrace/ui/shell'

/** Studies and their trials. */
export const hyperparameterOptimizationWeb: WebManifest = {
  domain: 'hyperparameter-optimization',
  pages: [
    { path: '/studies', load: () => import('./studies-page.tsx') },
    { path: '/studies/$study', load: () => import('./study-page.tsx') },
  ],
}

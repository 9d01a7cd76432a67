import type { WebManifest } from '@millrace/ui/shell'

/** Experiments and runs. */
export const experimentTrackingWeb: WebManifest = {
  domain: 'experiment-tracking',
  pages: [
    { path: '/experiments', load: () => import('./experiments-page.tsx') },
    { path: '/experiments/$experiment', load: () => import('./experiment-route.tsx') },
    { path: '/compare', load: () => import('./compare/compare-page.tsx') },
    { path: '/experiments/$experiment/runs/$run', load: () => import('./run/run-page.tsx') },
  ],
}

export { judgedMetric } from './judged-metric.ts'
export { loadCurve, loadSeries, type Curve } from './load-curves.ts'
export { type RunRow } from './load-experiment.ts'
export { runRow } from './run-row.ts'

import type { WebManifest } from '@millrace/ui/shell'

/** Endpoints. */
export const modelServingWeb: WebManifest = {
  domain: 'model-serving',
  pages: [
    { path: '/endpoints', load: () => import('./endpoints-page.tsx') },
    { path: '/endpoints/$endpoint', load: () => import('./endpoint-page.tsx') },
    { path: '/endpoints/$endpoint/rollouts/$rollout', load: () => import('./endpoint-page.tsx') },
  ],
}

export { loadEndpoints, type EndpointRow } from './load-endpoints.ts'

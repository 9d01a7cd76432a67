import type { WebManifest } from '@millrace/ui/shell'

/** Models and their versions. */
export const modelRegistryWeb: WebManifest = {
  domain: 'model-registry',
  pages: [
    { path: '/models', load: () => import('./models-page.tsx') },
    { path: '/models/$model', load: () => import('./model-page.tsx') },
  ],
}

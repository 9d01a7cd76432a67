import type { WebManifest } from '@millrace/ui/shell'

/** Approvals. */
export const governanceWeb: WebManifest = {
  domain: 'governance',
  pages: [
    { path: '/approvals', load: () => import('./approvals-page.tsx') },
    { path: '/approvals/$approval', load: () => import('./approvals-page.tsx') },
  ],
}

import type { WebManifest } from '@millrace/ui/shell'

/** The audit log. */
export const auditWeb: WebManifest = {
  domain: 'audit',
  pages: [{ path: '/audit', load: () => import('./audit-page.tsx') }],
}

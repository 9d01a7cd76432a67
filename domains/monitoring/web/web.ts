import type { WebManifest } from '@millrace/ui/shell'

/** Monitors and incidents. */
export const monitoringWeb: WebManifest = {
  domain: 'monitoring',
  pages: [
    { path: '/monitors', load: () => import('./monitors-page.tsx') },
    { path: '/monitors/$monitor', load: () => import('./monitor-page.tsx') },
    { path: '/incidents', load: () => import('./incidents-page.tsx') },
    { path: '/incidents/$incident', load: () => import('./incident-page.tsx') },
  ],
}

export { loadMonitors, type MonitorRow } from './load-monitors.ts'

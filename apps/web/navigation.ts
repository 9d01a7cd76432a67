import type { NavGroup, NavPlace } from '@millrace/ui/shell'

/** What the side bar counts: running (grey), due to me (amber), firing (red). */
export interface ShellCounts {
  runningPipelines: number
  approvalsDue: number
  openIncidents: number
}

const places = {
  home: { name: 'Home', to: '/', icon: 'home', keys: 'g h' },
  lineage: { name: 'Lineage', to: '/lineage', icon: 'lineage', keys: 'g l' },
  experiments: { name: 'Experiments', to: '/experiments', icon: 'run', keys: 'g r' },
  datasets: { name: 'Datasets', to: '/datasets', icon: 'dataset', keys: 'g d' },
  pipelines: { name: 'Pipelines', to: '/pipelines', icon: 'pipeline', keys: 'g p' },
  studies: { name: 'Studies', to: '/studies', icon: 'study', keys: 'g s' },
  models: { name: 'Models', to: '/models', icon: 'model', keys: 'g m' },
  endpoints: { name: 'Endpoints', to: '/endpoints', icon: 'endpoint', keys: 'g e' },
  releases: { name: 'Releases', to: '/releases', icon: 'retry', keys: 'g v' },
  monitors: { name: 'Monitors', to: '/monitors', icon: 'monitor', keys: 'g w' },
  incidents: { name: 'Incidents', to: '/incidents', icon: 'bell', keys: 'g i' },
  approvals: { name: 'Approvals', to: '/approvals', icon: 'approval', keys: 'g a' },
  audit: { name: 'Audit log', to: '/audit', icon: 'log', keys: 'g u' },
} satisfies Record<string, NavPlace>

/** The side bar: Home, Build, Serve, Watch, Govern. */
export function navigation(counts: ShellCounts): NavGroup[] {
  return [
    { title: null, places: [places.home, places.lineage] },
    {
      title: 'Build',
      places: [
        places.experiments,
        places.datasets,
        { ...places.pipelines, count: { value: counts.runningPipelines, tone: 'plain' } },
        places.studies,
      ],
    },
    { title: 'Serve', places: [places.models, places.endpoints, places.releases] },
    {
      title: 'Watch',
      places: [places.monitors, { ...places.incidents, count: { value: counts.openIncidents, tone: 'hot' } }],
    },
    {
      title: 'Govern',
      places: [{ ...places.approvals, count: { value: counts.approvalsDue, tone: 'due' } }, places.audit],
    },
  ]
}

/** The five tabs of a phone. */
export function tabs(counts: ShellCounts): NavPlace[] {
  return [
    places.home,
    { ...places.experiments, name: 'Runs' },
    { ...places.endpoints, name: 'Serving' },
    { ...places.monitors, name: 'Alerts', count: { value: counts.openIncidents, tone: 'hot' } },
    { name: 'More', to: '/more', icon: 'menu' },
  ]
}

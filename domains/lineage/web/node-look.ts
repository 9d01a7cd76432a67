import type { IconName } from '@millrace/ui/parts'

/** How a kind of node reads and looks. `group` is what the filter calls it. */
export interface NodeLook {
  name: string
  group: string
  icon: IconName
}

const look = (name: string, group: string, icon: IconName): NodeLook => ({ name, group, icon })

const looks: Readonly<Record<string, NodeLook>> = {
  'dataset-version': look('Dataset version', 'Data', 'dataset'),
  'code-version': look('Code version', 'Code', 'code'),
  run: look('Run', 'Runs', 'run'),
  'pipeline-version': look('Pipeline', 'Pipelines', 'pipeline'),
  'pipeline-run': look('Pipeline run', 'Pipelines', 'pipeline'),
  step: look('Step', 'Steps', 'pipeline'),
  'step-attempt': look('Attempt', 'Steps', 'pipeline'),
  job: look('Job', 'Steps', 'settings'),
  study: look('Study', 'Studies', 'study'),
  trial: look('Trial', 'Trials', 'study'),
  'model-version': look('Model version', 'Models', 'model'),
  evidence: look('Evidence', 'Evidence', 'check'),
  'model-card': look('Model card', 'Evidence', 'card'),
  approval: look('Approval', 'Evidence', 'approval'),
  deployment: look('Deployment', 'Serving', 'endpoint'),
  endpoint: look('Endpoint', 'Serving', 'endpoint'),
  rollout: look('Rollout', 'Serving', 'endpoint'),
  prediction: look('Prediction', 'Predictions', 'prediction'),
  monitor: look('Monitor', 'Monitoring', 'monitor'),
  window: look('Window', 'Windows', 'monitor'),
  alert: look('Alert', 'Monitoring', 'bell'),
  incident: look('Incident', 'Monitoring', 'bell'),
  release: look('Release', 'Releases', 'retry'),
  schedule: look('Schedule', 'Releases', 'clock'),
  person: look('Person', 'People', 'person'),
}

/** The look of a kind of node; one that this build does not know reads as its own name. */
export function nodeLook(kind: string): NodeLook {
  return looks[kind] ?? look(kind.replaceAll('-', ' '), 'Other', 'file')
}

// Jobs are shown on the pages of what they ran for.
const withoutPage = /^\/jobs\//

/** Where a node's page is; null when it has none of its own. */
export function pageOf(node: { kind: string; href?: string | undefined }): string | null {
  return node.href === undefined || withoutPage.test(node.href) ? null : node.href
}

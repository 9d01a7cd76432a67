import { operations } from '@millrace/kernel'
import { deploymentStore } from './deployments.ts'
import { endpointStore } from './endpoints.ts'
import { labelStore } from './labels.ts'
import { rolloutStore } from './rollouts.ts'

/** The one way to this domain's tables from its operations. */
export const { action, query, ingest } = operations((db, workspace) => ({
  endpoints: endpointStore(db, workspace),
  deployments: deploymentStore(db, workspace),
  rollouts: rolloutStore(db, workspace),
  labels: labelStore(db, workspace),
}))

/** What an operation of this domain is given as `store`. */
export type ServingStore = {
  readonly endpoints: ReturnType<typeof endpointStore>
  readonly deployments: ReturnType<typeof deploymentStore>
  readonly rollouts: ReturnType<typeof rolloutStore>
  readonly labels: ReturnType<typeof labelStore>
}

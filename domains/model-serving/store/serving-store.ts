import { operations } from '@millrace/kernel'
import { experimentStore } from '../experiments/store/experiments.ts'
import { feedbackStore } from '../experiments/store/feedback.ts'
import { minuteStore } from '../statistics/store/minutes.ts'
import { shadowStore } from '../statistics/store/shadows.ts'
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
  experiments: experimentStore(db, workspace),
  feedback: feedbackStore(db, workspace),
  minutes: minuteStore(db, workspace),
  shadows: shadowStore(db, workspace),
}))

/** What an operation of this domain is given as `store`. */
export type ServingStore = {
  readonly endpoints: ReturnType<typeof endpointStore>
  readonly deployments: ReturnType<typeof deploymentStore>
  readonly rollouts: ReturnType<typeof rolloutStore>
  readonly labels: ReturnType<typeof labelStore>
  readonly experiments: ReturnType<typeof experimentStore>
  readonly feedback: ReturnType<typeof feedbackStore>
  readonly minutes: ReturnType<typeof minuteStore>
  readonly shadows: ReturnType<typeof shadowStore>
}

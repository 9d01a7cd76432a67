import { approvalDecided } from '@millrace/governance/contract'
import type { Domain, Listener, Runtime } from '@millrace/kernel'
import { on } from '@millrace/kernel'
import { deploymentReady, rolloutPromoted, rolloutRolledBack } from '@millrace/model-serving/contract'
import { runFinished } from '@millrace/pipelines/contract'
import { advanceRelease } from './actions/advance-release.ts'
import { considerTrigger } from './actions/consider-trigger.ts'
import { releaseNode } from './actions/describe-nodes.ts'
import { inProcessNeighbours } from './actions/in-process-neighbours.ts'
import type { Neighbours } from './actions/neighbours.ts'
import { overrideRelease } from './actions/override-release.ts'
import { putReleasePolicy } from './actions/put-release-policy.ts'
import { listReleasePolicies, listReleases, readLoop, readRelease, readReleasePolicy } from './actions/read-releases.ts'
import { startRelease } from './actions/start-release.ts'
import { releaseOverridden, releaseTriggered } from './contract.ts'
import type { ReleaseDriver } from './jobs/release-driver.ts'
import { createReleaseDriver } from './jobs/release-driver.ts'
import { createTriggerWatch } from './jobs/trigger-watch.ts'
import { heard } from './model/triggers.ts'
import { deliveryStore } from './store/delivery-store.ts'
import type { Waiting } from './store/releases.ts'
import * as createTables from './store/migrations/0001-create-delivery.ts'

export { putReleasePolicy } from './actions/put-release-policy.ts'
export { listReleases, readLoop, readRelease, readReleasePolicy } from './actions/read-releases.ts'
export type { Neighbours, Reach, ServingWish } from './actions/neighbours.ts'

/** What delivery is made with; a test may put others in the place of the domains it drives. */
export interface DeliveryOptions {
  readonly neighbours?: Neighbours
}

const restMs = 5_000

/** Delivery: how a change reaches production by itself. */
export function createDelivery(runtime: Runtime, options: DeliveryOptions = {}): Domain {
  const { neighbours = inProcessNeighbours } = options
  const driver = createReleaseDriver(runtime, advanceRelease(neighbours))
  const watch = createTriggerWatch(runtime, considerTrigger(neighbours))
  return {
    name: 'delivery',
    migrations: { '0001-create-delivery': createTables },
    operations: [
      putReleasePolicy,
      readReleasePolicy,
      listReleasePolicies,
      startRelease(neighbours),
      listReleases,
      readRelease,
      overrideRelease(neighbours),
      readLoop,
    ],
    listens: [
      ...heard.map((eventName): Listener => {
        const name = `trigger-${eventName.replaceAll(/[^a-z-]+/g, '-').replace(/-$/, '')}`
        return { name, eventName, handle: (event) => watch.hear(event) }
      }),
      ...wakeUps(runtime, driver),
    ],
    chores: [
      { name: 'delivery.wake-releases', everyMs: restMs, run: () => driver.wake(restMs) },
      { name: 'delivery.look-at-clock', everyMs: 10_000, run: () => watch.lookAtClock() },
    ],
    nodeKinds: [releaseNode],
    resources: [
      { kind: 'release', parent: async () => undefined },
      { kind: 'release-policy', parent: async () => undefined },
    ],
  }
}

/** Events that say when to look at a release. What they say besides is not believed: the driver asks. */
function wakeUps(runtime: Runtime, driver: ReleaseDriver): Listener[] {
  const wake = async (workspace: string, column: Waiting, id: string) => {
    const store = deliveryStore(runtime.database.reader, workspace)
    for (const release of await store.releases.waitingFor(column, id)) await driver.drive(workspace, release)
  }
  return [
    on(releaseTriggered, 'begin', ({ id }, { workspace }) => driver.drive(workspace, id)),
    on(releaseOverridden, 'go-on', ({ id }, { workspace }) => driver.drive(workspace, id)),
    on(runFinished, 'follow-training', ({ id }, { workspace }) => wake(workspace, 'pipeline_run_id', id)),
    on(approvalDecided, 'follow-approval', ({ id }, { workspace }) => wake(workspace, 'approval_id', id)),
    on(deploymentReady, 'follow-deployment', ({ versionId }, { workspace }) =>
      wake(workspace, 'version_id', versionId),
    ),
    on(rolloutPromoted, 'follow-promotion', ({ versionId }, { workspace }) => wake(workspace, 'version_id', versionId)),
    on(rolloutRolledBack, 'follow-roll-back', ({ versionId }, { workspace }) =>
      wake(workspace, 'version_id', versionId),
    ),
  ]
}

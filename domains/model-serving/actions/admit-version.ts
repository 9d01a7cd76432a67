import type { ActionContext } from '@millrace/kernel'
import { readVersionById } from '@millrace/model-registry'
import { servingProblem } from '../contract.ts'
import type { ServingStore } from '../store/serving-store.ts'
import type { DeploymentRow, EndpointRow } from '../store/tables.ts'

/** A version that may come to an endpoint, and who is there. */
export interface AdmittedVersion {
  readonly id: string
  readonly version: number
  readonly live: readonly DeploymentRow[]
  readonly champion: DeploymentRow | undefined
}

type Context = Pick<ActionContext<ServingStore, unknown>, 'store' | 'ask' | 'guard' | 'actor'>

/**
 * Checks that a version may come to an endpoint: of its model, ready, not there already, no rollout or experiment under way; then asks
 * the guard `model-serving.deploy` ({ endpoint, model, versionId, actor }), which later domains fill.
 */
export async function admitVersion(
  context: Context,
  endpoint: EndpointRow,
  versionId: string,
): Promise<AdmittedVersion> {
  const { store, ask, guard, actor } = context
  const { name, model } = endpoint
  const version = await ask(readVersionById, { id: versionId })
  if (version.model !== model) throw servingProblem['other-model']({ name, model, versionModel: version.model })
  if (version.state !== 'ready') throw servingProblem['version-not-ready']({ versionId, state: version.state })
  const open = await store.rollouts.open(name)
  if (open !== undefined) throw servingProblem['rollout-open']({ name, rolloutId: open.id })
  const running = await store.experiments.open(name)
  if (running !== undefined) throw servingProblem['experiment-open']({ name, experimentId: running.id })
  const live = await store.deployments.live(name)
  const champion = live.find(({ role }) => role === 'champion')
  if (champion?.version_id === versionId) throw servingProblem['already-serving']({ name, version: version.version })
  await guard('model-serving.deploy', { endpoint: name, model, versionId, actor })
  return { id: version.id, version: version.version, live, champion }
}

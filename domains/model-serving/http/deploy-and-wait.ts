import type { CallContext, Runtime } from '@millrace/kernel'
import { deployVersion } from '../actions/deploy-version.ts'
import { readEndpoint } from '../actions/read-endpoints.ts'
import { startRollout } from '../actions/start-rollout.ts'
import { startExperiment } from '../experiments/actions/start-experiment.ts'
import type { CallOf } from '@millrace/contract'
import type * as contract from '../contract.ts'
import type { Deployment, Rollout, TrafficExperiment } from '../contract.ts'
import { servingProblem } from '../contract.ts'
import type { ServingControl } from '../process/control/serving-control.ts'

const longestWaitMs = 60_000

/**
 * Deploys a version and comes back when it serves. The file is loaded before anything is changed, so one that is no model
 * changes nothing. Throws `model-serving/model-unusable`, and what the action `deploy` throws.
 */
export async function deployAndWait(
  runtime: Runtime,
  control: ServingControl,
  input: CallOf<typeof contract.deploy>,
  context: CallContext,
): Promise<Deployment> {
  const { versionId, name } = input
  await runtime.runner.ask(readEndpoint, { name }, context)
  const report = await inTime(control.reconciler.probe(context.workspace, versionId))
  if (!report.ok) throw servingProblem['model-unusable']({ versionId, reason: report.reason })
  const deployment = await runtime.runner.act(deployVersion, input, context)
  await inTime(control.reconciler.reconcile())
  const { deployments } = await runtime.runner.ask(readEndpoint, { name }, context)
  return deployments.find(({ id }) => id === deployment.id) ?? deployment
}

/** Starts a rollout once its version could be loaded: what is no model changes nothing. Throws `model-serving/model-unusable`. */
export async function rollOutLoaded(
  runtime: Runtime,
  control: ServingControl,
  input: CallOf<typeof contract.startRollout>,
  context: CallContext,
): Promise<Rollout> {
  await runtime.runner.ask(readEndpoint, { name: input.name }, context)
  await requireLoadable(control, [input.versionId], context)
  return runtime.runner.act(startRollout, input, context)
}

/** Starts an experiment once all its versions could be loaded. Throws `model-serving/model-unusable`. */
export async function experimentLoaded(
  runtime: Runtime,
  control: ServingControl,
  input: CallOf<typeof contract.startExperiment>,
  context: CallContext,
): Promise<TrafficExperiment> {
  const versionIds = input.variants.map(({ versionId }) => versionId)
  await runtime.runner.ask(readEndpoint, { name: input.name }, context)
  await requireLoadable(control, versionIds, context)
  return runtime.runner.act(startExperiment, input, context)
}

async function requireLoadable(control: ServingControl, versionIds: readonly string[], context: CallContext) {
  for (const versionId of versionIds) {
    const report = await inTime(control.reconciler.probe(context.workspace, versionId))
    if (!report.ok) throw servingProblem['model-unusable']({ versionId, reason: report.reason })
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const problem = servingProblem['data-plane-unavailable']({ reason: 'it did not answer within a minute' })
    timer = setTimeout(() => reject(problem), longestWaitMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

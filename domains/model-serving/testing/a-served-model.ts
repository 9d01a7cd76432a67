import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking, createRun, putArtifact } from '@millrace/experiment-tracking'
import type { CallContext, Domain, Runtime } from '@millrace/kernel'
import { createLineage } from '@millrace/lineage'
import type { ModelVersion } from '@millrace/model-registry/contract'
import { createModelRegistry, putModel, registerVersion } from '@millrace/model-registry'
import type { ModelServing } from '../domain.ts'
import { createModelServing } from '../domain.ts'

export type { PlaneProcess } from './plane-process.ts'
export { startPlaneProcess } from './plane-process.ts'

/** The domains that model serving needs, itself the last. */
export function servingDomains(runtime: Runtime, dataPlaneEntry: string): { domains: Domain[]; serving: ModelServing } {
  const serving = createModelServing(runtime, { dataPlaneEntry })
  const earlier = [
    createLineage(runtime),
    createDatasets(runtime),
    createExperimentTracking(runtime),
    createModelRegistry(runtime),
  ]
  return { domains: [...earlier, serving], serving }
}

/** The next version of a model, with the given bytes as its file. */
export async function aVersionOf(
  runtime: Runtime,
  context: CallContext,
  model: string,
  bytes: Uint8Array,
): Promise<ModelVersion> {
  await runtime.runner.act(putModel, { name: model }, context)
  const { id: runId } = await runtime.runner.act(createRun, { experiment: 'training' }, context)
  await putArtifact(runtime, context, { owner: 'run', id: runId, path: 'model.onnx' }, bytes)
  return runtime.runner.act(registerVersion, { name: model, runId, artifactPath: 'model.onnx' }, context)
}

import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking, createRun, putArtifact } from '@millrace/experiment-tracking'
import type { Runtime } from '@millrace/kernel'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { aPerson, testKernel } from '@millrace/kernel/testing'
import type { ModelVersion } from '../contract.ts'
import { createModelRegistry, putModel, registerVersion } from '../domain.ts'

/** The domains a model registry needs, itself included. */
export function registryDomains(runtime: Runtime) {
  return [createDatasets(runtime), createExperimentTracking(runtime), createModelRegistry(runtime)]
}

/** A kernel with data sets, experiment tracking and the model registry. */
export async function registryKernel(openStore: OpenStore): Promise<TestKernel> {
  return testKernel({ database: await openStore(), domains: registryDomains })
}

/** A run with one artifact, `model.onnx` unless named otherwise. Gives the run's id. */
export async function aRunWithModel(t: TestKernel, wish: { path?: string; bytes?: string } = {}): Promise<string> {
  const run = await t.act(createRun, { experiment: 'training' })
  const context = { actor: aPerson('ann'), workspace: 'default' }
  const bytes = new TextEncoder().encode(wish.bytes ?? `a model of ${run.id}`)
  await putArtifact(t.runtime, context, { owner: 'run', id: run.id, path: wish.path ?? 'model.onnx' }, bytes)
  return run.id
}

/** The next version of a model, which is made where it is not there. */
export async function aModelVersion(t: TestKernel, model = 'flight-delay'): Promise<ModelVersion> {
  await t.act(putModel, { name: model })
  const runId = await aRunWithModel(t)
  return t.act(registerVersion, { name: model, runId, artifactPath: 'model.onnx' })
}

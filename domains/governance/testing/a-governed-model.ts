import { createDatasets, registerVersion as registerDataset } from '@millrace/datasets'
import { createExperimentTracking, createRun, putArtifact } from '@millrace/experiment-tracking'
import type { Runtime } from '@millrace/kernel'
import type { TestKernel } from '@millrace/kernel/testing'
import { aPerson } from '@millrace/kernel/testing'
import { attachEvidence, createModelRegistry, moveAlias, putModel, registerVersion } from '@millrace/model-registry'
import type { ModelVersion } from '@millrace/model-registry/contract'
import { createGovernance } from '../domain.ts'

/** The domains that governance needs, itself included. */
export function governanceDomains(runtime: Runtime) {
  return [
    createDatasets(runtime),
    createExperimentTracking(runtime),
    createModelRegistry(runtime),
    createGovernance(runtime),
  ]
}

const signature = {
  inputs: [{ name: 'distance', dtype: 'FP32' as const, shape: [-1, 1] }],
  outputs: [{ name: 'probability', dtype: 'FP32' as const, shape: [-1, 1] }],
}

/** Puts a registered model. */
export async function aModel(t: TestKernel, name = 'flight-delay', riskTier: 'low' | 'high' = 'high'): Promise<void> {
  await t.act(putModel, { name, riskTier })
}

/** The next version of a model, registered by `ann` unless said otherwise. */
export async function aVersion(t: TestKernel, model = 'flight-delay', by = 'ann'): Promise<ModelVersion> {
  const as = aPerson(by)
  const run = await t.act(createRun, { experiment: 'training' }, { as })
  const bytes = new TextEncoder().encode(`a model of ${run.id}`)
  const context = { actor: as, workspace: 'default' }
  await putArtifact(t.runtime, context, { owner: 'run', id: run.id, path: 'model.onnx' }, bytes)
  return t.act(registerVersion, { name: model, runId: run.id, artifactPath: 'model.onnx', signature }, { as })
}

/** The data version `flights-holdout@2001-05`; the same one when it is there. Gives its id. */
export async function aHoldout(t: TestKernel): Promise<string> {
  const { digest } = await t.runtime.objects.putContent('datasets', new TextEncoder().encode('delay,late\n1,0\n20,1\n'))
  const context = { actor: aPerson('ann'), workspace: 'default' }
  const files = [{ path: 'flights.csv', digest }]
  return (await registerDataset(t.runtime, context, { name: 'flights-holdout', version: '2001-05', files })).id
}

/** Attaches a comparison on log loss on the hold-out; a positive difference is in the version's favour. */
export async function compare(
  t: TestKernel,
  versionId: string,
  withId: string,
  found: { difference: number; standardError: number },
): Promise<string> {
  const { difference, standardError } = found
  const n = 169_723
  const reach = 1.96 * standardError
  const bounds = { lower: difference - reach, upper: difference + reach }
  const evidence = await t.act(attachEvidence, {
    id: versionId,
    kind: 'comparison',
    datasetVersionId: await aHoldout(t),
    metrics: [{ name: 'log_loss', value: 0.3634, standardError: 0.0008, n }],
    comparedWith: { versionId: withId, differences: [{ metric: 'log_loss', difference, standardError, ...bounds, n }] },
    verdict: difference > 0 ? 'better' : 'worse',
    sentence: 'Compared on May.',
  })
  return evidence.id
}

/** Points `champion` at a version. Do it before a policy guards the alias. */
export async function crown(t: TestKernel, version: ModelVersion): Promise<void> {
  await t.act(moveAlias, { name: version.model, alias: 'champion', version: version.version })
}

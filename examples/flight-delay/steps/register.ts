import { id, step, text } from '@millrace/pipelines/define'
import { featureNames } from '../features/feature-columns.ts'
import { outputName } from '../model/write-onnx.ts'

/** Makes the run's model a version of the registered model, with the signature it is served by. */
export const register = step({
  name: 'register',
  inputs: { runId: id('run'), model: text() },
  outputs: { versionId: id('model-version') },
  run: async ({ inputs, client, log, run }) => {
    const version = await client.post<{ id: string; version: number }>(
      `/models/${encodeURIComponent(inputs.model)}/versions`,
      {
        runId: inputs.runId,
        artifactPath: 'model/model.onnx',
        signature: {
          inputs: featureNames.map((name) => ({ name, dtype: 'FP32', shape: [-1, 1] })),
          outputs: [{ name: outputName, dtype: 'FP32', shape: [-1, 1] }],
        },
        tags: { pipeline_run: run.id },
      },
      { idempotencyKey: `${run.id}-register` },
    )
    log(`${inputs.model} version ${version.version}`)
    return { versionId: version.id }
  },
})

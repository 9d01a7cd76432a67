import { id, step, text } from '@millrace/pipelines/define'
import { featureNames, fitLogistic } from '../model/fit-logistic.ts'
import { writeOnnx } from '../model/write-onnx.ts'
import { fetchHours } from './fetch-hours.ts'

const column = (name: string) => ({ name, dtype: 'FP32', shape: [-1, 1] })

/** Fits the model to a span and registers it: the run says from which data, the version from which run. */
export const train = step({
  name: 'train',
  inputs: { training: text(), model: text() },
  outputs: { versionId: id('model-version'), runId: id('run') },
  run: async ({ inputs, client, log, workDir, run }) => {
    const { versionId: trainingVersion, hours } = await fetchHours(client, workDir, inputs.training)
    const fitted = fitLogistic(hours)
    const { id: runId } = await client.post<{ id: string }>('/runs', {
      experiment: inputs.model,
      name: `train-${run.number}`,
      data: [{ version: trainingVersion, context: 'training' }],
      params: { training: inputs.training, rows: String(hours.length) },
    })
    await client.upload(`/runs/${runId}/artifacts/model.onnx`, writeOnnx(fitted))
    await client.post(`/runs/${runId}/log`, { metrics: [{ key: 'bias', value: fitted.bias }] })
    await client.patch(`/runs/${runId}`, { status: 'finished' })
    const version = await client.post<{ id: string; version: number }>(
      `/models/${inputs.model}/versions`,
      {
        runId,
        artifactPath: 'model.onnx',
        signature: { inputs: featureNames.map(column), outputs: [column('probability')] },
      },
      { idempotencyKey: `${run.id}-register` },
    )
    log(`${inputs.model} version ${version.version}, fitted to ${hours.length} hours`)
    return { versionId: version.id, runId }
  },
})

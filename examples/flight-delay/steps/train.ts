import { file, flag, id, json, step } from '@millrace/pipelines/define'
import { readFeatures } from '../features/read-features.ts'
import { trainLogistic } from '../model/train-logistic.ts'
import { writeOnnx } from '../model/write-onnx.ts'
import { shuffleSeed } from './tune.ts'

/** Trains on the whole span with the hyperparameters that were chosen, and keeps the model as an artifact of the run. */
export const train = step({
  name: 'train',
  inputs: {
    features: file(),
    hyperparameters: json<{ l2: number; lateShareBins: number; distanceBins: number }>(),
    runId: id('run'),
    shuffleLabels: flag(),
  },
  outputs: { runId: id('run') },
  resources: { cpu: 1, memoryMb: 1024 },
  run: async ({ inputs, client, log }) => {
    const { hyperparameters, runId } = inputs
    const columns = await readFeatures({ featuresPath: inputs.features }, { threads: 1 })
    const trained = trainLogistic(columns, {
      hyperparameters,
      ...(inputs.shuffleLabels ? { shuffleLabels: { seed: shuffleSeed } } : {}),
    })
    log(
      `${trained.rowCount} flights in ${trained.cellCount} cells, ${trained.iterations} iterations, log loss ${trained.trainingLogLoss.toFixed(5)}`,
    )
    await client.upload(`/runs/${runId}/artifacts/model/model.onnx`, writeOnnx(trained))
    await client.post(`/runs/${runId}/log`, {
      params: Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [name, String(value)])),
      metrics: [
        ...trained.lossPerIteration.map((value, step) => ({ key: 'train_log_loss', value, step })),
        { key: 'rows', value: trained.rowCount },
      ],
    })
    await client.patch(`/runs/${runId}`, { status: 'finished' })
    return { runId }
  },
})

import { file, flag, id, integer, json, step, text } from '@millrace/pipelines/define'
import type { StepClient } from '@millrace/pipelines/define'
import { classificationQuality } from '@millrace/statistics'
import { addDays, dayOf } from '../features/day.ts'
import type { FeatureColumns } from '../features/feature-columns.ts'
import { columnsOfDays } from '../features/feature-columns.ts'
import { readFeatures } from '../features/read-features.ts'
import { predict } from '../model/logistic-model.ts'
import type { Hyperparameters } from '../model/train-logistic.ts'
import { searchSpace, trainLogistic } from '../model/train-logistic.ts'

interface Trial {
  id: string
  number: number
  params: Hyperparameters
}

/** The last days of the training span, kept back to choose the hyperparameters. */
const validationDays = 10

/** A seed for the shuffled labels, so that the bad candidate is the same each time. */
export const shuffleSeed = 7

/** Searches hyperparameters with a study of a handful of trials; every trial is a run below one parent run. */
export const tune = step({
  name: 'tune',
  inputs: {
    features: file(),
    trainingVersion: id('dataset-version'),
    experiment: text(),
    trials: integer(),
    shuffleLabels: flag(),
  },
  outputs: { hyperparameters: json<{ l2: number; lateShareBins: number; distanceBins: number }>(), runId: id('run') },
  resources: { cpu: 1, memoryMb: 1024 },
  run: async ({ inputs, client, log, progress, run }) => {
    const columns = await readFeatures({ featuresPath: inputs.features }, { threads: 1 })
    const lastDay = dayOf(columns.eventTimeMs.at(-1) ?? 0)
    const cut = addDays(lastDay, 1 - validationDays)
    const firstDay = dayOf(columns.eventTimeMs[0] ?? 0)
    const parts = {
      learn: columnsOfDays(columns, { from: firstDay, to: cut }),
      check: columnsOfDays(columns, { from: cut, to: addDays(lastDay, 1) }),
    }
    const parent = await client.post<{ id: string }>('/runs', {
      experiment: inputs.experiment,
      name: `train-${run.number}`,
      data: [{ version: inputs.trainingVersion, context: 'training' }],
      tags: { pipeline_run: run.id, ...(inputs.shuffleLabels ? { labels: 'shuffled on purpose' } : {}) },
    })
    const study = `${run.pipeline}-${run.number}`
    await client.put(`/studies/${study}`, studySpec(run.number, inputs.trials))
    for (let number = 0; number < inputs.trials; number += 1) {
      progress(number / inputs.trials, `trial ${number + 1} of ${inputs.trials}`)
      const loss = await runTrial(
        client,
        { study, experiment: inputs.experiment, parentRunId: parent.id, shuffleLabels: inputs.shuffleLabels },
        parts,
      )
      log(`trial ${number + 1}: log loss ${loss.toFixed(5)} on the last ${validationDays} days`)
    }
    const { items } = await client.get<{ items: (Trial & { value: number | null })[] }>(`/studies/${study}/trials`, {
      limit: 1000,
    })
    const best = items.filter((trial) => trial.value !== null).toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
    if (best === undefined) throw new Error('No trial came to an end.')
    return { hyperparameters: { ...best.params }, runId: parent.id }
  },
})

function studySpec(seed: number, maxTrials: number) {
  return { space: searchSpace, direction: 'minimize', metric: 'val_log_loss', sampler: 'tpe', seed, maxTrials }
}

interface TrialContext {
  readonly study: string
  readonly experiment: string
  readonly parentRunId: string
  readonly shuffleLabels: boolean
}

async function runTrial(
  client: StepClient,
  context: TrialContext,
  parts: { learn: FeatureColumns; check: FeatureColumns },
): Promise<number> {
  const trial = await client.post<Trial>(`/studies/${context.study}/trials`)
  const run = await client.post<{ id: string }>('/runs', {
    experiment: context.experiment,
    name: `${context.study}-trial-${trial.number}`,
    parentRunId: context.parentRunId,
    params: Object.fromEntries(Object.entries(trial.params).map(([name, value]) => [name, String(value)])),
  })
  const trained = trainLogistic(parts.learn, {
    hyperparameters: trial.params,
    ...(context.shuffleLabels ? { shuffleLabels: { seed: shuffleSeed } } : {}),
  })
  const quality = classificationQuality(parts.check.late, predict(trained.model, parts.check.features))
  const metrics = [
    { key: 'val_log_loss', value: quality.logLoss ?? Number.NaN },
    { key: 'val_auc', value: quality.rocAuc?.auc ?? Number.NaN },
    ...trained.lossPerIteration.map((value, step) => ({ key: 'train_log_loss', value, step })),
  ]
  await client.post(`/runs/${run.id}/log`, { metrics })
  await client.patch(`/runs/${run.id}`, { status: 'finished' })
  await client.post(`/trials/${trial.id}/complete`, { value: quality.logLoss, state: 'complete', runId: run.id })
  return quality.logLoss ?? Number.NaN
}

import { join } from 'node:path'
import { file, id, step, text } from '@millrace/pipelines/define'
import type { StepClient } from '@millrace/pipelines/define'
import { classificationQuality, pairedLogLossDifference } from '@millrace/statistics'
import type { FeatureColumns } from '../features/feature-columns.ts'
import { readFeatures } from '../features/read-features.ts'
import { scoreWithOnnx } from '../model/score-with-onnx.ts'

interface Version {
  id: string
  version: number
}

/** Measures the candidate on held-out flights, beside the champion where there is one, and attaches both as evidence. */
export const evaluate = step({
  name: 'evaluate',
  inputs: {
    features: file(),
    holdoutVersion: id('dataset-version'),
    versionId: id('model-version'),
    model: text(),
    runId: id('run'),
  },
  outputs: { verdict: text() },
  resources: { cpu: 1, memoryMb: 1024 },
  run: async ({ inputs, client, log, workDir }) => {
    const columns = await readFeatures({ featuresPath: inputs.features }, { threads: 1 })
    const scores = await scoresOf(client, inputs.versionId, workDir, columns)
    await attachQuality(client, inputs, columns, scores)
    const champion = await championOf(client, inputs.model)
    if (champion === undefined) {
      log('There is no champion yet to compare with.')
      return { verdict: 'no_champion' }
    }
    const championScores = await scoresOf(client, champion.id, workDir, columns)
    const verdict = await attachComparison(client, inputs, columns, { scores, championScores, champion })
    log(`against version ${champion.version}: ${verdict}`)
    return { verdict }
  },
})

type Inputs = { readonly holdoutVersion: string; readonly versionId: string; readonly runId: string }

async function scoresOf(
  client: StepClient,
  versionId: string,
  workDir: string,
  columns: FeatureColumns,
): Promise<Float64Array> {
  const path = await client.download(`/model-versions/${versionId}/file`, join(workDir, `${versionId}.onnx`))
  return scoreWithOnnx(path, columns)
}

async function championOf(client: StepClient, model: string): Promise<Version | undefined> {
  const { aliases } = await client.get<{ aliases: Record<string, number> }>(`/models/${encodeURIComponent(model)}`)
  const version = aliases['champion']
  return version === undefined
    ? undefined
    : client.get<Version>(`/models/${encodeURIComponent(model)}/versions/${version}`)
}

async function attachQuality(
  client: StepClient,
  inputs: Inputs,
  columns: FeatureColumns,
  scores: Float64Array,
): Promise<void> {
  const quality = classificationQuality(columns.late, scores)
  const n = columns.late.length
  const measured = [
    { name: 'log_loss', value: quality.logLoss, n },
    {
      name: 'auc',
      value: quality.rocAuc?.auc ?? null,
      ...(quality.rocAuc === null ? {} : { standardError: quality.rocAuc.standardError }),
      n,
    },
    { name: 'brier', value: quality.brierScore, n },
    { name: 'calibration_error', value: quality.expectedCalibrationError, n },
  ]
  const metrics = measured.filter((metric) => metric.value !== null)
  await client.post(`/runs/${inputs.runId}/log`, {
    metrics: metrics.map(({ name, value }) => ({ key: `holdout_${name}`, value })),
  })
  await client.post(`/model-versions/${inputs.versionId}/evidence`, {
    kind: 'evaluation',
    datasetVersionId: inputs.holdoutVersion,
    metrics,
    verdict: 'pass',
    sentence: `AUC ${quality.rocAuc?.auc.toFixed(4) ?? 'not measured'} and log loss ${quality.logLoss?.toFixed(5) ?? 'not measured'} over ${n.toLocaleString('en-US')} flights.`,
    runId: inputs.runId,
  })
}

interface Compared {
  readonly scores: Float64Array
  readonly championScores: Float64Array
  readonly champion: Version
}

async function attachComparison(
  client: StepClient,
  inputs: Inputs,
  columns: FeatureColumns,
  compared: Compared,
): Promise<string> {
  const difference = pairedLogLossDifference(columns.late, compared.championScores, compared.scores)
  const { estimate, lower, upper, standardError, count } = difference
  const verdict = lower > 0 ? 'better' : upper < 0 ? 'worse' : 'inconclusive'
  const half = ((upper - lower) / 2).toFixed(5)
  const way = { better: 'lower', worse: 'higher', inconclusive: 'not clearly different' }[verdict]
  await client.post(`/model-versions/${inputs.versionId}/evidence`, {
    kind: 'comparison',
    datasetVersionId: inputs.holdoutVersion,
    metrics: [],
    comparedWith: {
      versionId: compared.champion.id,
      differences: [{ metric: 'log_loss', difference: estimate, standardError, lower, upper, n: count }],
    },
    verdict,
    sentence: `Log loss ${way}: champion minus candidate ${estimate.toFixed(5)} ± ${half} (95 %, paired) over ${count.toLocaleString('en-US')} flights, against version ${compared.champion.version}.`,
    runId: inputs.runId,
  })
  return verdict
}

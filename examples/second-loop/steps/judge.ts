import { join } from 'node:path'
import { id, step, text } from '@millrace/pipelines/define'
import { classificationQuality, pairedLogLossDifference } from '@millrace/statistics'
import { score } from '../model/score.ts'
import { fetchHours } from './fetch-hours.ts'

/** Measures the candidate on hours it has not seen, beside the champion on the same hours. */
export const judge = step({
  name: 'judge',
  inputs: { holdout: text(), versionId: id('model-version'), runId: id('run'), model: text() },
  outputs: { verdict: text() },
  run: async ({ inputs, client, log, workDir }) => {
    const { versionId, runId, model } = inputs
    const { versionId: datasetVersionId, hours } = await fetchHours(client, workDir, inputs.holdout)
    const truth = Uint8Array.from(hours, (hour) => hour.empty)
    const scoresOf = async (version: string) =>
      score(await client.download(`/model-versions/${version}/file`, join(workDir, `${version}.onnx`)), hours)
    const scores = await scoresOf(versionId)
    const evidence = (body: object) =>
      client.post(`/model-versions/${versionId}/evidence`, { datasetVersionId, runId, ...body })
    const logLoss = classificationQuality(truth, scores).logLoss ?? Number.NaN
    await evidence({
      kind: 'evaluation',
      metrics: [{ name: 'log_loss', value: logLoss, n: hours.length }],
      verdict: 'pass',
      sentence: `Log loss ${logLoss.toFixed(4)} over ${hours.length} hours.`,
    })
    const { aliases } = await client.get<{ aliases: Record<string, number> }>(`/models/${model}`)
    if (aliases['champion'] === undefined) return { verdict: 'no_champion' }
    const champion = await client.get<{ id: string }>(`/models/${model}/versions/${aliases['champion']}`)
    const paired = pairedLogLossDifference(truth, await scoresOf(champion.id), scores)
    const { estimate, standardError, lower, upper, count: n } = paired
    const verdict = lower > 0 ? 'better' : upper < 0 ? 'worse' : 'inconclusive'
    const sentence = `Champion minus candidate: log loss ${estimate.toFixed(4)}, 95 % interval ${lower.toFixed(4)} to ${upper.toFixed(4)}, over ${n} hours.`
    await evidence({
      kind: 'comparison',
      metrics: [],
      comparedWith: {
        versionId: champion.id,
        differences: [{ metric: 'log_loss', difference: estimate, standardError, lower, upper, n }],
      },
      verdict,
      sentence,
    })
    log(`${verdict}: ${sentence}`)
    return { verdict }
  },
})

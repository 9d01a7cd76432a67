import { endpoint, id, ref } from '@millrace/contract'
import { z } from 'zod'
import { action, ingest } from '../../store/serving-store.ts'
import { experimentDecided, ExperimentVerdict, TrafficExperiment } from '../model/experiment.ts'
import { conclude } from './end-experiment.ts'
import { requireExperiment } from './require-experiment.ts'
import { armsOf, experimentSpecOf, showExperiment, verdictOf } from './show-experiment.ts'

/** Millrace's own: what the evidence says of a running experiment. Only the system's actor may run it. */
const advance = endpoint({
  name: 'model-serving.advance-experiment',
  method: 'POST',
  path: '/traffic-experiments/{id}/advance',
  summary: 'Records a verdict, and concludes by it where the experiment asks for that',
  needs: { permission: 'model-serving:administer' },
  input: z.object({ id: id('traffic-experiment'), verdict: ExperimentVerdict }),
  output: TrafficExperiment,
})

/** Records readings; a verdict is said once, and promotes the winner where `onWinner` says so. */
export const advanceExperiment = action(advance, async (context) => {
  const { store, input } = context
  const found = await requireExperiment(store, input.id)
  if (found.state !== 'running') return { answer: showExperiment(found), audit: 'unchanged' }
  const verdict = JSON.stringify(input.verdict)
  await store.experiments.update(found.id, { verdict })
  const row = { ...found, verdict }
  const { conclusion, winnerVersionId, sentence } = input.verdict
  const isNews = verdictOf(found).conclusion === 'undecided' && conclusion !== 'undecided'
  if (!isNews) return { answer: showExperiment(row), audit: 'unchanged' }
  const decided = experimentDecided({ id: row.id, endpoint: row.endpoint, conclusion, winnerVersionId, sentence })
  const promotes = experimentSpecOf(row).onWinner === 'promote' && conclusion === 'winner' && winnerVersionId !== null
  if (promotes) {
    const outcome = await conclude(context, row, { versionId: winnerVersionId, reason: sentence })
    return { ...outcome, events: [decided, ...(outcome.events ?? [])] }
  }
  const answer = showExperiment(row)
  const object = ref('traffic-experiment', row.id)
  return {
    answer,
    events: [decided],
    audit: { object, before: showExperiment(found), after: answer, reason: sentence },
  }
})

const weigh = endpoint({
  name: 'model-serving.weigh-experiment',
  method: 'POST',
  path: '/traffic-experiments/{id}/weigh',
  summary: 'Sets a bandit’s weights for the next interval',
  needs: { permission: 'model-serving:administer' },
  input: z.object({
    id: id('traffic-experiment'),
    /** The weighing that this one follows: another one in between makes it void. */
    after: z.int(),
    /** Percent, in the arms' order. */
    weights: z.array(z.number().min(0).max(100)),
  }),
  output: z.object({ weighing: z.int() }),
})

/** Moves a bandit's traffic. Weights are kept one by one; the audit has one line for each minute in which there were some. */
export const weighExperiment = ingest(weigh, async ({ store, input, nowMs }) => {
  const row = await requireExperiment(store, input.id)
  const source = ref('traffic-experiment', row.id)
  if (row.state !== 'running' || row.weighing !== input.after)
    return { answer: { weighing: row.weighing }, counted: { source, rows: 0 } }
  const arms = armsOf(row).map((arm, index) => ({ ...arm, weight: input.weights[index] ?? 0 }))
  const number = row.weighing + 1
  const text = JSON.stringify(arms)
  await store.experiments.update(row.id, { arms: text, weighing: number, weighed_at_ms: nowMs })
  await store.experiments.addWeighing({ number, experiment_id: row.id, at_ms: nowMs, arms: text })
  for (const { deploymentId, weight } of arms) await store.deployments.update(deploymentId, { weight })
  return { answer: { weighing: number }, counted: { source, rows: arms.length, digest: text } }
})

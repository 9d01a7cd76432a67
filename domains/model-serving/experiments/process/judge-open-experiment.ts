import type { Runner } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import type { Moments } from '@millrace/statistics'
import { addMoments, createRandom, noMoments, proportionMoments } from '@millrace/statistics'
import type { ArmEvidence, StepEvidence } from '../../model/traffic-evidence.ts'
import type { ExperimentRow } from '../../store/tables.ts'
import { advanceExperiment, weighExperiment } from '../actions/advance-experiment.ts'
import { armsOf, experimentSpecOf, verdictOf } from '../actions/show-experiment.ts'
import { banditWeights } from '../model/bandit.ts'
import type { ExperimentMetric, ExperimentSpec } from '../model/experiment.ts'
import type { ArmMoments } from '../model/judge-experiment.ts'
import { isHigherBetter, judgeExperiment } from '../model/judge-experiment.ts'
import { feedbackMoments } from '../store/feedback.ts'

export interface ExperimentJudgeOptions {
  readonly database: Database
  readonly runner: Runner
  readonly nowMs: () => number
  /** Called when a bandit has moved traffic, so that the data plane hears of it. */
  readonly onWeighed: () => void
}

/** Readings are looked at this often; a verdict holds at every look, so that this is only about their cost. */
const lookEveryMs = 2000

/** Judges one running experiment by its evidence, writes what is new, and moves a bandit's traffic when it is time. */
export async function judgeOpenExperiment(
  options: ExperimentJudgeOptions,
  row: ExperimentRow,
  steps: ReadonlyMap<number, StepEvidence<string>>,
  written: { text: string; atMs: number },
): Promise<void> {
  const nowMs = options.nowMs()
  if (nowMs - written.atMs < lookEveryMs) return
  written.atMs = nowMs
  const spec = experimentSpecOf(row)
  const seen = await momentsOf(options.database, row, spec.metric, steps)
  const context = { actor: systemActor('model-serving'), workspace: row.workspace }
  const verdict = judgeExperiment({
    spec,
    seen,
    nowMs,
    arms: armsOf(row),
    startedAtMs: row.started_at_ms,
    before: verdictOf(row),
    // Seeded: the same evidence gives the same chances.
    random: createRandom(row.id, row.weighing),
  })
  const text = JSON.stringify(verdict)
  if (text !== row.verdict) await options.runner.act(advanceExperiment, { id: row.id, verdict }, context)
  const weights = nextWeights(row, spec, seen, nowMs)
  if (weights === undefined) return
  await options.runner.ingest(weighExperiment, { weights, id: row.id, after: row.weighing }, context)
  options.onWeighed()
}

/** A bandit's weights for the next interval; undefined while this one lasts, or when nothing would change. */
function nextWeights(row: ExperimentRow, spec: ExperimentSpec, seen: ArmMoments, nowMs: number): number[] | undefined {
  const { strategy, metric } = spec
  if (strategy.kind === 'fixed' || nowMs - row.weighed_at_ms < strategy.everyMs) return undefined
  const arms = armsOf(row)
  const { weights } = banditWeights({
    strategy,
    arms: arms.map(({ deploymentId }) => [...(seen.get(deploymentId)?.values() ?? [])].reduce(addMoments, noMoments)),
    better: isHigherBetter(metric) ? 'higher' : 'lower',
    random: createRandom(row.id, row.weighing),
  })
  // Two decimals: a tenth of a thousandth of the traffic is nothing to move it for.
  const rounded = weights.map((weight) => Math.round(weight * 100) / 100)
  const isSame = arms.every(({ weight }, index) => Math.abs(weight - (rounded[index] ?? 0)) < 0.01)
  return isSame ? undefined : rounded
}

async function momentsOf(
  database: Database,
  row: ExperimentRow,
  metric: ExperimentMetric,
  steps: ReadonlyMap<number, StepEvidence<string>>,
): Promise<ArmMoments> {
  if (metric.kind !== 'feedback') return momentsOfLog(metric, steps)
  const seen = new Map<string, Map<number, Moments>>()
  for (const { deploymentId, step, moments } of await feedbackMoments(database.reader, row.id, metric.name)) {
    const ofArm = seen.get(deploymentId) ?? new Map<number, Moments>()
    seen.set(deploymentId, ofArm.set(step, moments))
  }
  return seen
}

type LogMetric = Exclude<ExperimentMetric, { kind: 'feedback' }>

function momentsOfLog(metric: LogMetric, steps: ReadonlyMap<number, StepEvidence<string>>): ArmMoments {
  const seen = new Map<string, Map<number, Moments>>()
  for (const [step, arms] of steps) {
    for (const [deploymentId, evidence] of Object.entries(arms)) {
      const ofArm = seen.get(deploymentId) ?? new Map<number, Moments>()
      seen.set(deploymentId, ofArm.set(step, pick(metric, evidence)))
    }
  }
  return seen
}

function pick(metric: LogMetric, evidence: ArmEvidence): Moments {
  if (metric.kind === 'accuracy') return evidence.accuracy
  if (metric.kind === 'log_loss') return evidence.logLoss
  if (metric.kind === 'error_rate') return proportionMoments(evidence.errors, evidence.requests)
  const count = evidence.latency.count()
  return proportionMoments(count - evidence.latency.countAtMost(metric.limitMs), count)
}

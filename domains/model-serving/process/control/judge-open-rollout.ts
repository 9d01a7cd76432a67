import { Problem } from '@millrace/contract'
import type { Runner } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import type { Moments } from '@millrace/statistics'
import { noMoments } from '@millrace/statistics'
import { advanceRollout } from '../../actions/advance-rollout.ts'
import { planOf } from '../../actions/show.ts'
import type { RolloutPlan } from '../../contract.ts'
import type { FeedbackMoments } from '../../experiments/store/feedback.ts'
import { feedbackMoments } from '../../experiments/store/feedback.ts'
import type { Judgement } from '../../model/judge-rollout.ts'
import { judgeRollout } from '../../model/judge-rollout.ts'
import type { Arms, OuterReading, ShadowSummary } from '../../model/judged-rollout.ts'
import type { StepEvidence } from '../../model/traffic-evidence.ts'
import { shadowStore, worstOutput } from '../../statistics/store/shadows.ts'
import type { RolloutRow } from '../../store/tables.ts'

/** A figure about both versions of a rollout that another domain adds; see `registerReading`. */
export type ReadingSource = (of: {
  readonly workspace: string
  readonly endpoint: string
  readonly championVersionId: string
  readonly canaryVersionId: string
  readonly sinceMs: number
}) => Promise<OuterReading>

export interface RolloutJudgeOptions {
  readonly database: Database
  readonly runner: Runner
  readonly nowMs: () => number
  readonly readings: ReadonlyMap<string, ReadingSource>
}

/** What was written of a rollout last, and when. */
export interface Written {
  text: string
  atMs: number
}

/** Verdicts that led to nothing are written at most this often. */
const writeEveryMs = 1000

/** Judges one open rollout by its evidence, and acts on the judgement. */
export async function judgeOpenRollout(
  options: RolloutJudgeOptions,
  row: RolloutRow,
  steps: ReadonlyMap<number, StepEvidence<string>>,
  written: Written,
): Promise<void> {
  if (row.paused === 1) return
  const plan = planOf(row)
  const judgement = judgeRollout({
    plan,
    step: row.step,
    stepStartedAtMs: row.step_started_at_ms,
    steps,
    nowMs: options.nowMs(),
    readings: await readingsOf(options, row, plan),
    feedback: await feedbackOf(options.database, row, plan),
    shadow: await shadowOf(options.database, row, plan),
  })
  const text = JSON.stringify(judgement)
  const isNews = text !== written.text && options.nowMs() - written.atMs >= writeEveryMs
  if (judgement.decision === 'keep' && !isNews) return
  written.text = text
  written.atMs = options.nowMs()
  await actOn(options, row, judgement)
}

async function readingsOf(
  options: RolloutJudgeOptions,
  row: RolloutRow,
  plan: RolloutPlan,
): Promise<Map<string, OuterReading>> {
  const readings = new Map<string, OuterReading>()
  for (const { name, metric } of plan.guardrails) {
    const source = metric === 'reading' ? options.readings.get(name) : undefined
    if (source === undefined) continue
    const { workspace, endpoint, champion_version_id: championVersionId, version_id: canaryVersionId } = row
    readings.set(
      name,
      await source({ workspace, endpoint, championVersionId, canaryVersionId, sinceMs: row.started_at_ms }),
    )
  }
  return readings
}

async function feedbackOf(database: Database, row: RolloutRow, plan: RolloutPlan): Promise<Map<string, Arms>> {
  const found = new Map<string, Arms>()
  for (const { metric, outcome } of plan.guardrails) {
    const name = outcome?.name ?? 'reward'
    if (metric !== 'feedback' || found.has(name)) continue
    const moments = await feedbackMoments(database.reader, row.id, name)
    const steps = [...new Set(moments.map(({ step }) => step))].toSorted((one, other) => one - other)
    const of = (deploymentId: string) => steps.map((step) => momentsAt(moments, deploymentId, step))
    found.set(name, { champion: of(row.champion_deployment_id), canary: of(row.deployment_id) })
  }
  return found
}

function momentsAt(all: readonly FeedbackMoments[], deploymentId: string, step: number): Moments {
  return all.find((found) => found.deploymentId === deploymentId && found.step === step)?.moments ?? noMoments
}

async function shadowOf(
  database: Database,
  { workspace, deployment_id: deploymentId }: RolloutRow,
  plan: RolloutPlan,
): Promise<ShadowSummary | undefined> {
  if (!plan.guardrails.some(({ metric }) => metric === 'shadow_agreement')) return undefined
  const row = await shadowStore(database.reader, workspace).find(deploymentId)
  return row === undefined ? undefined : { rows: row.rows, ...worstOutput(row) }
}

/** A promotion that a guard refuses pauses the rollout with the guard's sentence: a person decides. */
async function actOn(options: RolloutJudgeOptions, row: RolloutRow, judgement: Judgement): Promise<void> {
  const context = { actor: systemActor('model-serving'), workspace: row.workspace }
  const { decision, progress, guardrail, reason } = judgement
  const input = { id: row.id, step: row.step, verdicts: [...judgement.verdicts], progress }
  const why = { ...(guardrail === undefined ? {} : { guardrail }), ...(reason === undefined ? {} : { reason }) }
  try {
    await options.runner.act(advanceRollout, { ...input, ...why, decision }, context)
  } catch (error) {
    if (!(error instanceof Problem) || decision !== 'promote') throw error
    const refusal = `It could not be promoted: ${error.message}`
    await options.runner.act(advanceRollout, { ...input, decision: 'pause', reason: refusal }, context)
  }
}

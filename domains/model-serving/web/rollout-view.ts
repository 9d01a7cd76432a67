import type { Deployment, GuardrailReading, Rollout, ServingEndpoint } from '@millrace/model-serving/contract'
import type { LadderStep } from '@millrace/ui/charts'
import { compact, count, duration, percent, score } from '@millrace/ui/format'
import type { State } from '@millrace/ui/parts'
import type { z } from 'zod'
import type { RolloutView } from './load-endpoint.ts'

type Reading = z.infer<typeof GuardrailReading>

const states: Readonly<Record<Reading['verdict'], State>> = { pass: 'ok', fail: 'bad', not_enough_data: 'wait' }
const words: Readonly<Record<Reading['verdict'], string>> = {
  pass: 'Holds',
  fail: 'Broken',
  not_enough_data: 'Too early',
}

/** An endpoint's open rollout as the page shows it. `deployments` name the champion's version. */
export function rolloutView(endpoint: ServingEndpoint, deployments: readonly Deployment[]): RolloutView | null {
  const { rollout } = endpoint
  if (rollout === null) return null
  const champion = deployments.find((each) => each.versionId === rollout.championVersionId)
  const canary = `v${rollout.version}`
  return {
    id: rollout.id,
    canary,
    champion: champion === undefined ? 'champion' : `v${champion.version}`,
    steps: laddered(rollout),
    verdict: verdictOf(rollout),
    guardrails: rollout.verdicts.map(guardrail),
    acts: { promote: `Promote ${canary}`, hold: !rollout.paused, resume: rollout.paused, rollBack: true },
    effect: effectOf(rollout),
  }
}

/** The steps with how far the present one has come. */
export function laddered(rollout: Rollout): LadderStep[] {
  const { shadow, steps } = rollout.plan
  const stateOf = (at: number): LadderStep['state'] =>
    at < rollout.step ? 'done' : at > rollout.step ? 'ahead' : 'now'
  const first: LadderStep[] =
    shadow === undefined
      ? []
      : [
          {
            name: 'Shadow',
            says: `${compact(shadow.minPredictions)} rows`,
            state: stateOf(-1),
            progress: share(rollout.progress.predictions, shadow.minPredictions),
          },
        ]
  return [
    ...first,
    ...steps.map((step, at) => ({
      name: `${step.weight}%`,
      says: wants(step),
      state: stateOf(at),
      progress: Math.min(
        share(rollout.progress.predictions, step.minPredictions),
        share(rollout.progress.labels, step.minLabels),
      ),
    })),
    { name: 'Champion', says: 'all traffic', state: 'ahead' },
  ]
}

function wants(step: Rollout['plan']['steps'][number]): string {
  const parts = [
    step.minPredictions === 0 ? '' : `${compact(step.minPredictions)} rows`,
    step.minLabels === 0 ? '' : `${compact(step.minLabels)} labels`,
    step.minDurationMs === 0 ? '' : duration(step.minDurationMs),
  ]
  return parts.filter(Boolean).join(', ') || 'no minimum'
}

function share(now: number, wanted: number): number {
  return wanted === 0 ? 1 : Math.min(1, now / wanted)
}

function verdictOf(rollout: Rollout): RolloutView['verdict'] {
  const passing = rollout.verdicts.filter((each) => each.verdict === 'pass').length
  const broken = rollout.verdicts.find((each) => each.verdict === 'fail')
  const progress = `${count(rollout.progress.predictions)} rows, ${count(rollout.progress.labels)} labels in this step`
  const early = rollout.verdicts.filter((each) => each.verdict === 'not_enough_data').length
  const says = `${passing} of ${rollout.verdicts.length} guardrails hold${early === 0 ? '' : `, for ${early} it is too early to say`}.`
  if (broken !== undefined) return { state: 'bad', title: `${broken.guardrail} is broken`, says, progress }
  if (rollout.paused)
    return { state: 'warn', title: 'On hold', says: `${says} Nothing moves until it is resumed.`, progress }
  const next = rollout.plan.steps[rollout.step + 1]
  const goes = next === undefined ? 'it becomes champion' : `it gets ${next.weight}% of the traffic`
  return {
    state: 'live',
    title: 'Under way',
    says: `${says} When this step has its rows and labels, ${goes}.`,
    progress,
  }
}

function guardrail(reading: Reading): RolloutView['guardrails'][number] {
  const write = writer(reading.metric)
  // Slow answers and readings are held against the limit itself, not as a difference that could be drawn.
  const differs = reading.metric !== 'latency_p95' && reading.metric !== 'reading'
  const none = { low: null, value: null, high: null }
  return {
    name: reading.guardrail,
    champion: write(reading.champion),
    canary: write(reading.canary),
    interval: differs ? { low: reading.lower, value: reading.difference, high: reading.upper } : none,
    limit: reading.limit,
    limitSays: write(reading.limit),
    samples: reading.n,
    state: states[reading.verdict],
    verdict: words[reading.verdict],
  }
}

function writer(metric: Reading['metric']): (value: number | null) => string {
  if (metric === 'error_rate' || metric === 'accuracy') return (value) => percent(value)
  return metric === 'latency_p95' ? (value) => duration(value) : (value) => score(value)
}

function effectOf(rollout: Rollout): string {
  const weight = rollout.plan.steps[rollout.step]?.weight
  return weight === undefined
    ? `v${rollout.version} answers nobody yet; it sees copies of the requests.`
    : `v${rollout.version} answers ${weight}% of the requests to ${rollout.endpoint} now.`
}

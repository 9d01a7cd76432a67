import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JudgedRollout } from './judged-rollout.ts'
import { judgeRollout } from './judge-rollout.ts'
import type { Arm, TrafficEvidence } from './traffic-evidence.ts'
import { createTrafficEvidence } from './traffic-evidence.ts'
import { RolloutPlan } from './rollout-plan.ts'

const plan = (wish: object = {}) =>
  RolloutPlan.parse({
    steps: [
      { weight: 10, minPredictions: 100, minLabels: 50 },
      { weight: 50, minPredictions: 100 },
    ],
    guardrails: [
      { name: 'quality', metric: 'log_loss', limit: 0.01 },
      { name: 'errors', metric: 'error_rate', limit: 0.02 },
      { name: 'speed', metric: 'latency_p95', limit: 20 },
    ],
    ...wish,
  })

interface Wish {
  arm: Arm
  rows: number
  step?: number
  score?: number
  failed?: boolean
  latencyUs?: number
  label?: (row: number) => number | null
  prefix?: string
}

function see(
  evidence: TrafficEvidence,
  { arm, rows, step = 0, score = 0.8, failed = false, latencyUs = 1000, label, prefix = '' }: Wish,
): void {
  for (let row = 0; row < rows; row += 1) {
    const id = `${prefix}${arm}${step}-${row}`
    evidence.addBatch({
      arm,
      step,
      requests: [{ id, rows: 1, latencyUs }],
      scores: failed ? undefined : Float64Array.of(score),
      eventTimesMs: Float64Array.of(row * 1000),
    })
    if (label !== undefined) evidence.addLabel(id, 0, label(row))
  }
}

const mostly = (row: number) => (row % 5 === 0 ? 0 : 1)

function judge(evidence: TrafficEvidence, wish: Partial<JudgedRollout> = {}) {
  return judgeRollout({
    plan: plan(),
    step: 0,
    stepStartedAtMs: 0,
    steps: evidence.steps(),
    readings: new Map(),
    feedback: new Map(),
    shadow: undefined,
    nowMs: 0,
    ...wish,
  })
}

describe('a rollout', () => {
  it('holds a step for a verdict where its plan says so, until the step’s time is up', () => {
    const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
    const steps = [{ weight: 10, maxDurationMs: 1000 }]
    const errors = [{ name: 'errors', metric: 'error_rate', limit: 0.02 }]
    const held = plan({ steps, guardrails: errors, withoutVerdict: 'hold' })
    expect(judge(evidence, { plan: held })).toMatchObject({ decision: 'keep' })
    expect(judge(evidence, { plan: held, nowMs: 1000 })).toMatchObject({
      decision: 'pause',
      reason: 'The step\'s time is up and it has too little data for "errors".',
    })
    expect(judge(evidence, { plan: plan({ steps, guardrails: errors }) })).toMatchObject({ decision: 'promote' })
    expect(
      judge(evidence, { plan: plan({ steps: [{ weight: 10, bakeMs: 500 }], guardrails: [] }), nowMs: 499 }),
    ).toMatchObject({ decision: 'keep' })
  })
  it('is rolled back by feedback that falls, and by a shadow that answers otherwise', () => {
    const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
    const rules = [
      { name: 'sales', metric: 'feedback', limit: 0.01, outcome: { range: [0, 1] } },
      { name: 'same', metric: 'shadow_agreement', limit: 0.01 },
    ]
    const yesNo = (sum: number) => [{ count: 20_000, sum, sumSquares: sum }]
    const feedback = new Map([['reward', { champion: yesNo(2000), canary: yesNo(1000) }]])
    const of = (rule: number) => plan({ steps: [{ weight: 10, minPredictions: 1 }], guardrails: [rules[rule]] })
    expect(judge(evidence, { plan: of(0), feedback })).toMatchObject({ decision: 'roll-back', guardrail: 'sales' })
    const shadow = { rows: 5000, elements: 5000, agreeing: 4000 }
    expect(judge(evidence, { plan: of(1), shadow })).toMatchObject({ decision: 'roll-back', guardrail: 'same' })
  })
  it('waits with nothing to see', () => {
    const judgement = judge(createTrafficEvidence(['champion', 'canary'], 0.5))
    expect(judgement).toMatchObject({ decision: 'keep', progress: { predictions: 0, labels: 0 } })
    expect(judgement.verdicts.map(({ verdict }) => verdict)).toEqual([
      'not_enough_data',
      'not_enough_data',
      'not_enough_data',
    ])
  })
  it('passes a step when the canary has answered and was labelled often enough, and promotes after the last', () => {
    const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
    see(evidence, { arm: 'champion', rows: 900, label: mostly })
    see(evidence, { arm: 'canary', rows: 100 })
    expect(judge(evidence).decision).toBe('keep')
    for (let row = 0; row < 50; row += 1) evidence.addLabel(`canary0-${row}`, 0, mostly(row))
    expect(judge(evidence)).toMatchObject({ decision: 'pass-step', progress: { predictions: 100, labels: 50 } })
    see(evidence, { arm: 'canary', rows: 100, step: 1 })
    expect(judge(evidence, { step: 1 })).toMatchObject({
      decision: 'promote',
      reason: 'All 2 steps passed and no guardrail failed.',
    })
  })
  it('is rolled back when its scores are worse, with the evidence in the sentence', () => {
    const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
    see(evidence, { arm: 'champion', rows: 2000, label: mostly })
    see(evidence, { arm: 'canary', rows: 2000, score: 0.3, label: mostly })
    const judgement = judge(evidence)
    expect(judgement).toMatchObject({ decision: 'roll-back', guardrail: 'quality' })
    expect(judgement.reason).toContain(
      "the canary's log loss is 1.035 against the champion's 0.5004, worse by at least",
    )
    expect(judgement.verdicts[0]).toMatchObject({ verdict: 'fail', n: 2000 })
  })
  it('is rolled back when it fails to answer, or answers too slowly', () => {
    const failing = createTrafficEvidence(['champion', 'canary'], 0.5)
    see(failing, { arm: 'champion', rows: 500 })
    see(failing, { arm: 'canary', rows: 400 })
    see(failing, { arm: 'canary', rows: 200, failed: true, prefix: 'f' })
    expect(judge(failing)).toMatchObject({ decision: 'roll-back', guardrail: 'errors' })
    const slow = createTrafficEvidence(['champion', 'canary'], 0.5)
    see(slow, { arm: 'champion', rows: 200 })
    see(slow, { arm: 'canary', rows: 200, latencyUs: 40_000 })
    expect(judge(slow)).toMatchObject({
      decision: 'roll-back',
      guardrail: 'speed',
      reason:
        'The guardrail "speed" failed: the canary\'s 95th percentile of latency is 40 ms against the champion\'s 1 ms; the limit is 20 ms (200 observations).',
    })
  })
  it('measures the length of a step on the clock of its plan', () => {
    const wish = { steps: [{ weight: 10, minDurationMs: 60_000 }], guardrails: [] }
    const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
    see(evidence, { arm: 'canary', rows: 30 })
    expect(judge(evidence, { plan: plan({ ...wish, clock: 'event' }), nowMs: 1e9 }).decision).toBe('keep')
    expect(judge(evidence, { plan: plan({ ...wish, clock: 'wall' }), nowMs: 59_999 }).decision).toBe('keep')
    expect(judge(evidence, { plan: plan({ ...wish, clock: 'wall' }), nowMs: 60_000 }).decision).toBe('promote')
    see(evidence, { arm: 'champion', rows: 61 })
    expect(judge(evidence, { plan: plan({ ...wish, clock: 'event' }) }).decision).toBe('promote')
  })
  it('is held against a reading from elsewhere', () => {
    const outer = plan({ guardrails: [{ name: 'drift', metric: 'reading', limit: 0.2 }] })
    const reading = (canary: number | null) => new Map([['drift', { champion: 0.1, canary, n: 10 }]])
    const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
    expect(judge(evidence, { plan: outer, readings: reading(null) }).decision).toBe('keep')
    expect(judge(evidence, { plan: outer, readings: reading(0.1) }).verdicts).toMatchObject([{ verdict: 'pass' }])
    expect(judge(evidence, { plan: outer, readings: reading(0.3) })).toMatchObject({
      decision: 'roll-back',
      guardrail: 'drift',
    })
  })
  it('ends its shadow stage when the version has answered enough', () => {
    const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
    const shadowed = { plan: plan({ shadow: { minPredictions: 20 } }), step: -1 }
    see(evidence, { arm: 'canary', rows: 19, step: -1 })
    expect(judge(evidence, shadowed).decision).toBe('keep')
    see(evidence, { arm: 'canary', rows: 20, step: -1 })
    expect(judge(evidence, shadowed).decision).toBe('pass-step')
  })
})

describe('the evidence of a rollout', () => {
  const figures = (evidence: TrafficEvidence) =>
    JSON.stringify(
      [...evidence.steps()]
        .toSorted(([a], [b]) => a - b)
        .map(([step, { champion, canary }]) => [step, champion, canary]),
    )

  it('is the same when everything comes twice', () => {
    const once = createTrafficEvidence(['champion', 'canary'], 0.5)
    const twice = createTrafficEvidence(['champion', 'canary'], 0.5)
    const wishes: Wish[] = [
      { arm: 'champion', rows: 30, label: mostly },
      { arm: 'canary', rows: 20, score: 0.6, label: mostly },
      { arm: 'canary', rows: 9, step: 1 },
    ]
    for (const wish of wishes) see(once, wish)
    for (const wish of [...wishes, ...wishes]) see(twice, wish)
    expect(figures(twice)).toBe(figures(once))
  })
  it('keeps the last of several labels for a row, and none when it is taken back', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, null), { minLength: 1, maxLength: 6 }), (values) => {
        const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
        see(evidence, { arm: 'canary', rows: 1 })
        for (const value of values) evidence.addLabel('canary0-0', 0, value)
        const last = values.at(-1)
        const { labelled, accuracy } = evidence.steps().get(0)?.canary ?? { labelled: -1, accuracy: { sum: -1 } }
        expect([labelled, accuracy.sum]).toEqual([last === null ? 0 : 1, last === 1 ? 1 : 0])
      }),
    )
  })
  it('ignores labels of requests and rows it has not seen', () => {
    const evidence = createTrafficEvidence(['champion', 'canary'], 0.5)
    see(evidence, { arm: 'canary', rows: 1 })
    evidence.addLabel('elsewhere', 0, 1)
    evidence.addLabel('canary0-0', 7, 1)
    expect(evidence.steps().get(0)?.canary.labelled).toBe(0)
  })
})

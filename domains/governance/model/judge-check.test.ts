import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Check } from '../contract.ts'
import type { EvidenceSeen, Seen } from './evidence.ts'
import { judgeCheck } from './judge-check.ts'

const candidate = { id: 'ver_b', model: 'flight-delay', version: 2, hasSignature: true }
const champion = { id: 'ver_a', version: 1 }
const beats = Check.parse({ name: 'beats-champion', kind: 'better_than_champion', metric: 'log_loss' })

function comparison(
  difference: number,
  standardError: number,
  over: Partial<EvidenceSeen> & { with?: string; n?: number } = {},
): EvidenceSeen {
  const { with: versionId = champion.id, n = 169_723, ...rest } = over
  return {
    id: 'evd_1',
    kind: 'comparison',
    datasetVersionId: 'dsv_may',
    metrics: [],
    comparedWith: { versionId, differences: [{ metric: 'log_loss', difference, standardError, n }] },
    verdict: 'better',
    sentence: 'made by a pipeline',
    createdAtMs: 1,
    ...rest,
  }
}

function seen(evidence: readonly EvidenceSeen[], over: Partial<Seen> = {}): Seen {
  const datasetNames = new Map([['dsv_may', 'flights-holdout@2001-05']])
  return { version: candidate, champion, evidence, datasetNames, versionNames: new Map(), ...over }
}

describe('better than the champion', () => {
  it.each([
    [
      'passes when the interval lies wholly on the candidate’s side',
      0.0042,
      0.0003,
      'pass',
      'log loss lower by 0.0042 ± 0.0003 over 169,723 rows of flights-holdout@2001-05',
    ],
    [
      'fails when it lies wholly on the other',
      -0.00045,
      0.00017,
      'fail',
      'log loss higher by 0.00045 ± 0.00017 over 169,723 rows of flights-holdout@2001-05',
    ],
    [
      'does not know when it holds zero',
      0.0004,
      0.0003,
      'not_enough_evidence',
      'log loss lower by 0.0004 ± 0.0003 over 169,723 rows of flights-holdout@2001-05: too close to tell at 95 %',
    ],
  ])('%s', (_says, difference, standardError, verdict, sentence) => {
    expect(judgeCheck(beats, seen([comparison(difference, standardError)]))).toEqual({
      verdict,
      sentence,
      evidenceId: 'evd_1',
    })
  })

  it('passes with a sentence while there is no champion', () => {
    expect(judgeCheck(beats, seen([], { champion: null }))).toEqual({
      verdict: 'pass',
      sentence: 'flight-delay has no champion yet: there is nothing to be better than',
      evidenceId: null,
    })
  })

  it('does not count a comparison with another version than the champion', () => {
    const judged = judgeCheck(beats, seen([comparison(0.5, 0.001, { with: 'ver_old' })]))
    expect(judged).toMatchObject({ verdict: 'not_enough_evidence', evidenceId: 'evd_1' })
    expect(judged.sentence).toContain('the champion is v1 now')
  })

  it('does not count a comparison on no data version', () => {
    const judged = judgeCheck(beats, seen([comparison(0.5, 0.001, { datasetVersionId: null })]))
    expect(judged).toMatchObject({ verdict: 'not_enough_evidence', evidenceId: null })
  })

  it('takes the newest comparison', () => {
    const old = comparison(0.01, 0.001, { id: 'evd_0', createdAtMs: 1 })
    const late = comparison(-0.01, 0.001, { id: 'evd_9', createdAtMs: 2 })
    expect(judgeCheck(beats, seen([late, old]))).toMatchObject({ verdict: 'fail', evidenceId: 'evd_9' })
  })

  it('reads a score the other way round than a loss', () => {
    const better = comparison(0.01, 0.001)
    const auc = {
      ...better,
      comparedWith: {
        versionId: champion.id,
        differences: [{ metric: 'roc_auc', difference: 0.01, standardError: 0.001, n: 5000 }],
      },
    }
    const judged = judgeCheck(Check.parse({ name: 'x', kind: 'better_than_champion', metric: 'roc_auc' }), seen([auc]))
    expect(judged.sentence).toBe('ROC AUC higher by 0.0100 ± 0.0010 over 5,000 rows of flights-holdout@2001-05')
  })

  it('never passes and never fails an interval that holds zero, at any confidence', () => {
    const difference = fc.double({ min: -1, max: 1, noNaN: true })
    const error = fc.double({ min: 1e-6, max: 1, noNaN: true })
    const confidence = fc.double({ min: 0.5, max: 0.999, noNaN: true })
    fc.assert(
      fc.property(difference, error, confidence, fc.integer({ min: 2, max: 1e6 }), (value, standardError, level, n) => {
        const check = { ...beats, confidence: level }
        const judged = judgeCheck(check, seen([comparison(value, standardError, { n })])).verdict
        const mirrored = judgeCheck(check, seen([comparison(-value, standardError, { n })])).verdict
        const opposite = { pass: 'fail', fail: 'pass', not_enough_evidence: 'not_enough_evidence' } as const
        expect(mirrored).toBe(opposite[judged])
        expect(judged !== 'pass' || value > 0).toBe(true)
        // What is certain at a level is certain at every lower one.
        const looser = judgeCheck(
          { ...beats, confidence: 0.5 },
          seen([comparison(value, standardError, { n })]),
        ).verdict
        expect(judged === 'not_enough_evidence' || looser === judged).toBe(true)
      }),
    )
  })
})

describe('a metric’s limit', () => {
  const measured = (value: number, standardError?: number): EvidenceSeen => ({
    ...comparison(0, 1),
    kind: 'evaluation',
    comparedWith: undefined,
    metrics: [{ name: 'roc_auc', value, standardError, n: 1000 }],
  })
  const atLeast = Check.parse({ name: 'auc', kind: 'metric_at_least', metric: 'roc_auc', limit: 0.65 })
  const atMost = Check.parse({ name: 'auc', kind: 'metric_at_most', metric: 'roc_auc', limit: 0.65 })
  it.each([
    [atLeast, 0.672, 0.001, 'pass'],
    [atLeast, 0.651, 0.01, 'not_enough_evidence'],
    [atLeast, 0.6, 0.001, 'fail'],
    [atLeast, 0.65, undefined, 'pass'],
    [atLeast, 0.649, undefined, 'fail'],
    [atMost, 0.6, 0.001, 'pass'],
    [atMost, 0.672, 0.001, 'fail'],
  ])('%# judges', (check, value, standardError, verdict) => {
    expect(judgeCheck(check, seen([measured(value, standardError)])).verdict).toBe(verdict)
  })
  it('says what was asked for', () => {
    expect(judgeCheck(atLeast, seen([measured(0.672, 0.001)])).sentence).toBe(
      'ROC AUC 0.6720 ± 0.0010 over 1,000 rows of flights-holdout@2001-05, asked for at least 0.65',
    )
  })
  it('does not know what was not measured', () => {
    expect(judgeCheck(atLeast, seen([]))).toEqual({
      verdict: 'not_enough_evidence',
      sentence: 'ROC AUC was not measured',
      evidenceId: null,
    })
  })
})

describe('presence', () => {
  const signature = Check.parse({ name: 'signature', kind: 'signature_present' })
  it('asks for a signature', () => {
    expect(judgeCheck(signature, seen([])).verdict).toBe('pass')
    expect(judgeCheck(signature, seen([], { version: { ...candidate, hasSignature: false } })).verdict).toBe('fail')
  })
  it('asks for evidence of a kind', () => {
    const latency = Check.parse({ name: 'latency', kind: 'evidence_present', evidence: 'latency' })
    expect(judgeCheck(latency, seen([comparison(1, 1)])).verdict).toBe('not_enough_evidence')
    expect(judgeCheck(latency, seen([comparison(1, 1, { kind: 'latency' })])).verdict).toBe('pass')
  })
})

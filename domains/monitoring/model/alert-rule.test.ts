import { describe, expect, it } from 'vitest'
import { AlertRuleSpec, judgeWindow } from './alert-rule.ts'
import { performanceOf } from './performance.ts'
import { streakOf } from './streak.ts'
import type { WindowFigures } from './window-figures.ts'

const gapRule = AlertRuleSpec.parse({
  monitor: 'm',
  metric: 'performance.calibrationGap',
  above: 0.01,
  class: 'performance',
})

/** A window of `n` labelled rows, all scored `score`, of which the share `positives` happened. */
function aWindow(n: number, score: number, positives: number, rows = n): WindowFigures {
  const happened = Math.round(n * positives)
  const gap = { sum: n * score - happened, squares: happened * (score - 1) ** 2 + (n - happened) * score ** 2 }
  const none = { sum: 0, squares: 0 }
  const performance = performanceOf(
    {
      n,
      positives: happened,
      hits: n - happened,
      score: { sum: n * score, squares: n * score * score },
      gap,
      loss: none,
      brier: none,
      placementsOfPositives: none,
      placementsOfNegatives: none,
      bins: [],
    },
    null,
  )
  const nothing = { deployments: [], drift: [], quality: [], histograms: {} }
  return { fromMs: 0, toMs: 1, rows, labelled: n, performance, ...nothing }
}

describe('a rule on the calibration gap', () => {
  it('finds 0.152 predicted where 0.127 happened, over 16,972 flights', () => {
    const verdict = judgeWindow(gapRule, aWindow(16_972, 0.152, 0.127))
    expect(verdict).toMatchObject({ verdict: 'breach', limit: 0.01, n: 16_972 })
    expect(verdict.lower).toBeGreaterThan(0.01)
  })
  it('cannot tell over 1,000 of them: the interval holds the limit', () => {
    expect(judgeWindow(gapRule, aWindow(1000, 0.152, 0.127)).verdict).toBe('not_enough')
  })
  it('does not judge too few labels, or too small a share of them', () => {
    expect(judgeWindow(gapRule, aWindow(100, 0.9, 0.1)).verdict).toBe('not_enough')
    expect(judgeWindow(gapRule, aWindow(4000, 0.9, 0.1, 10_000)).verdict).toBe('not_enough')
    expect(judgeWindow(gapRule, aWindow(0, 0.9, 0)).verdict).toBe('not_enough')
  })
  it('finds a gap below the limit fine', () => {
    expect(judgeWindow(gapRule, aWindow(5000, 0.2, 0.2)).verdict).toBe('ok')
  })
  it('with both limits catches either side', () => {
    const both = { ...gapRule, below: -0.01 }
    expect(judgeWindow(both, aWindow(20_000, 0.1, 0.15))).toMatchObject({ verdict: 'breach', limit: -0.01 })
    expect(judgeWindow(both, aWindow(20_000, 0.1, 0.15)).sentence).toContain('under-confident')
  })
})

describe('a row of bad windows', () => {
  const verdicts = (text: string) =>
    text
      .split('')
      .toReversed()
      .map((letter, index) => ({
        windowId: `w${text.length - 1 - index}`,
        fromMs: text.length - 1 - index,
        verdict: letter === 'b' ? ('breach' as const) : letter === 'o' ? ('ok' as const) : ('not_enough' as const),
      }))
  it.each([
    ['obb', 2, false],
    ['ob?b?', 2, false],
    ['bbo', 0, true],
    ['bb?', 2, false],
    ['???', 0, false],
    ['', 0, false],
  ])('%s ends in %i', (text, length, over) => {
    expect(streakOf(verdicts(text), null)).toMatchObject({ over, windows: { length } })
  })
  it('leaves out what a person has dealt with', () => {
    expect(streakOf(verdicts('bbb'), 1).windows).toMatchObject([{ windowId: 'w2' }])
  })
})

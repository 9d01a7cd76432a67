import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Release } from '../contract.ts'
import { Release as ReleaseSchema, ReleaseStep } from '../contract.ts'
import { aRelease } from '../testing/a-release.ts'
import { loopStops } from './loop-stops.ts'
import { isOpen, move, moves } from './release.ts'

describe('a release', () => {
  it('walks from its trigger to live, one line for each step', () => {
    const steps = ['training_started', 'trained', 'gate_passed', 'approved', 'rollout_started', 'promoted'] as const
    const live = steps.reduce(
      (release, step, index) => move(release, { step, sentence: `${step}.` }, index + 10),
      aRelease(),
    )
    expect(live).toMatchObject({ state: 'live', outcome: 'live', endedAtMs: 15, sentence: 'promoted.' })
    expect(live.timeline.map((entry) => entry.state)).toEqual([
      'triggered',
      'training',
      'validating',
      'awaiting_approval',
      'rolling_out',
      'rolling_out',
      'live',
    ])
    expect(loopStops(live).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'alert done',
      'retrain done',
      'validate done',
      'approve done',
      'canary done',
      'promote done',
      'audit done',
    ])
  })

  it('refuses a step that its state does not allow, and says which would', () => {
    expect(() => move(aRelease(), { step: 'promoted', sentence: '' }, 2)).toThrow(
      'The release rel_1 is triggered and cannot be promoted; that needs one that is rolling out.',
    )
  })

  it('goes on from a refusal by its gate when that is overridden, and from no other end', () => {
    const rejected = move(aRelease({ state: 'validating' }), { step: 'gate_refused', sentence: 'worse.' }, 2)
    const again = move(rejected, { step: 'overridden', sentence: 'let it.' }, 3)
    expect(again).toMatchObject({ state: 'validating', outcome: null, endedAtMs: null })
    expect(loopStops(rejected).map(({ state }) => state)).toEqual([
      'done',
      'ahead',
      'stopped',
      'ahead',
      'ahead',
      'ahead',
      'done',
    ])
    expect(() => move(aRelease({ state: 'rolled_back' }), { step: 'overridden', sentence: '' }, 3)).toThrow(
      'rolled back and cannot be overridden',
    )
  })

  it('keeps its sentence when something is noted', () => {
    expect(move(aRelease(), { step: 'noted', sentence: 'again.' }, 2)).toMatchObject({
      sentence: 'It drifted.',
      state: 'triggered',
    })
  })

  it('holds together under any steps in any order', () => {
    const step = fc.constantFrom(...ReleaseStep.options)
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const release = steps.reduce((before, made, index) => {
          const after = tryMove(before, made, index + 2)
          expect(after === undefined).toBe(!moves[made].from.includes(before.state))
          if (after === undefined) return before
          expect(after.timeline.slice(0, -1)).toEqual(before.timeline)
          // An end is left by an override alone.
          expect(isOpen(before) || after.state === before.state || made === 'overridden').toBe(true)
          return after
        }, aRelease())
        expect(release.outcome === null).toBe(isOpen(release))
        expect(release.endedAtMs === null).toBe(isOpen(release))
        expect(release.timeline.at(-1)?.state).toBe(release.state)
        expect(ReleaseSchema.parse(release)).toEqual(release)
        const stops = loopStops(release)
        expect(stops.filter((stop) => stop.state === 'running').length).toBe(isOpen(release) ? 1 : 0)
      }),
    )
  })

  it('can always be brought to an end from an open state', () => {
    for (const state of ['triggered', 'training', 'validating', 'awaiting_approval', 'rolling_out'] as const) {
      expect(move(aRelease({ state }), { step: 'failed', sentence: 'no.' }, 2).outcome).toBe('failed')
    }
  })
})

function tryMove(release: Release, step: ReleaseStep, nowMs: number): Release | undefined {
  try {
    return move(release, { step, sentence: `${step}.` }, nowMs)
  } catch {
    return undefined
  }
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heatLevel } from './heat-strip.tsx'
import { runColours } from './run-colours.ts'

describe('run colours', () => {
  it('differ among the first twelve runs shown, and stay with a run that was there first', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 4, maxLength: 8 }), { minLength: 1, maxLength: 12 }), (ids) => {
        const colours = runColours(ids)
        expect(new Set(colours.values()).size).toBe(ids.length)
        expect(runColours(ids.slice(0, 1)).get(ids[0] ?? '')).toBe(colours.get(ids[0] ?? ''))
      }),
    )
  })
  it('are shared from the thirteenth on', () => {
    const colours = runColours(Array.from({ length: 40 }, (_, at) => `run-${at}`))
    expect(colours.size).toBe(40)
    for (const slot of colours.values()) expect(slot >= 1 && slot <= 12).toBe(true)
  })
})

describe('heat', () => {
  it.each([
    [0.1, 0],
    [0.3, 1],
    [0.5, 2],
    [0.8, 3],
    [1.1, 4],
    [2, 5],
  ])('%d of the limit is step %d', (ratio, level) => expect(heatLevel(ratio)).toBe(level))
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endpointHashOf, makePredictionId, parsePredictionId, predictionIdLength } from './prediction-id.ts'
import { chooseByWeight, pointOf } from './traffic-split.ts'

const bytes = fc.uint8Array({ minLength: 12, maxLength: 12 })

describe('a prediction id', () => {
  it('says when and for which endpoint it was made, and names a row', () => {
    fc.assert(
      fc.property(fc.nat({ max: 4e12 }), fc.string(), fc.nat({ max: 1e6 }), bytes, (atMs, endpoint, row, random) => {
        const endpointHash = endpointHashOf('default', endpoint)
        const requestId = makePredictionId(atMs, endpointHash, random)
        expect(requestId).toHaveLength(predictionIdLength)
        expect(parsePredictionId(requestId)).toEqual({ requestId, loggedAtMs: atMs, endpointHash })
        expect(parsePredictionId(`${requestId}.${row}`)).toEqual({ requestId, loggedAtMs: atMs, endpointHash, row })
      }),
    )
  })
  it('sorts by time', () => {
    const [early, late] = [
      makePredictionId(1_700_000_000_000, 'zzzz', new Uint8Array(12).fill(31)),
      makePredictionId(1_700_000_000_001, '0000', new Uint8Array(12)),
    ]
    expect(early < late).toBe(true)
  })
  it.each([
    '',
    'pred_',
    'pred_1',
    'ver_1m84tz2cbp45hwmt6etaaq3g5',
    'pred_1m84tz2cbp45hwmt6etaaq3g5.',
    'pred_1m84tz2cbp45hwmt6etaaq3g5.-1',
    'pred_1m84tz2cbp45hwmt6etaaq3gu',
  ])('is not %j', (text) => {
    expect(parsePredictionId(text)).toBeUndefined()
  })
})

describe('the traffic split', () => {
  const deployments = [
    { weight: 90, name: 'a' },
    { weight: 10, name: 'b' },
  ]

  it('gives each deployment its share, the same one for the same request', () => {
    const seen = { a: 0, b: 0 }
    for (let index = 0; index < 20_000; index += 1) {
      const id = makePredictionId(
        1_700_000_000_000 + index,
        '0000',
        Uint8Array.from({ length: 12 }, (_, at) => (index * 7 + at * 13) & 31),
      )
      const chosen = chooseByWeight(deployments, pointOf(id))
      expect(chooseByWeight(deployments, pointOf(id))).toBe(chosen)
      seen[chosen?.name === 'b' ? 'b' : 'a'] += 1
    }
    // Four standard deviations of a binomial share of 10 %.
    expect(Math.abs(seen.b / 20_000 - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / 20_000))
  })
  it('gives nothing where nothing has weight, and never one without', () => {
    expect(chooseByWeight([], 0.5)).toBeUndefined()
    expect(chooseByWeight([{ weight: 0 }], 0.5)).toBeUndefined()
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 1, 33, 100), { minLength: 1 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (weights, point) => {
          const chosen = chooseByWeight(
            weights.map((weight) => ({ weight })),
            point,
          )
          expect((chosen?.weight ?? 0) > 0).toBe(weights.some((weight) => weight > 0))
        },
      ),
    )
  })
})

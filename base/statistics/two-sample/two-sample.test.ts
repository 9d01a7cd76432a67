import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at } from '../at.ts'
import { type Comparison, disagreements, readGolden } from '../golden/read-golden.ts'
import { binCounts, commonBins, doaneEdges, rangeOf, sturgesEdges } from './bins.ts'
import { chiSquaredOfFit, chiSquaredTwoSample } from './chi-squared.ts'
import { hellingerDistance, hellingerFromCounts } from './hellinger.ts'
import { jensenShannonDistance, jensenShannonFromCounts } from './jensen-shannon.ts'
import { kolmogorovSmirnov, ksFromCounts } from './kolmogorov-smirnov.ts'
import { populationStabilityIndex, psiFromCounts } from './population-stability-index.ts'
import { total, valueCounts } from './value-counts.ts'
import { normedWassersteinDistance, wassersteinDistance, wassersteinFromCounts } from './wasserstein.ts'

type Case = {
  name: string
  wholeNumbers: boolean
  psi: number
  jensenShannon: number
  jensenShannon2: number
  hellinger: number
  wasserstein: number
  normedWasserstein: number
  ks: { statistic: number; pValue: number; location: number }
  sturges: number[]
  doane: number[]
  counts: [number[], number[]]
}
type Formula = [count: number, multiplier: number, modulus: number]
type ChiCase = {
  table: [number[], number[]]
  statistic: number
  pValue: number
  degreesOfFreedom: number
  cramersV: number
  fit?: { statistic: number; pValue: number }
}

const golden = readGolden<{
  samples: (Case & { reference: number[]; current: number[] })[]
  formulas: (Case & { formula: [Formula, Formula] })[]
  chiSquared: ChiCase[]
}>('two-sample')

function residues([count, multiplier, modulus]: Formula): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => (((index + 1) * multiplier) % modulus) / 1000)
}

function compared(expected: Case, reference: ArrayLike<number>, current: ArrayLike<number>): Comparison[] {
  const { wholeNumbers } = expected
  const ks = kolmogorovSmirnov(reference, current)
  const bins = commonBins(reference, current, wholeNumbers)
  const range = rangeOf(reference, wholeNumbers)
  const base2 = jensenShannonDistance(reference, current, { wholeNumbers, base: 2 })
  return [
    ['psi', populationStabilityIndex(reference, current, wholeNumbers), expected.psi],
    ['Jensen-Shannon', jensenShannonDistance(reference, current, { wholeNumbers }), expected.jensenShannon],
    ['Jensen-Shannon base 2', base2, expected.jensenShannon2],
    ['Hellinger', hellingerDistance(reference, current, wholeNumbers), expected.hellinger],
    ['Wasserstein', wassersteinDistance(reference, current), expected.wasserstein],
    ['normed Wasserstein', normedWassersteinDistance(reference, current), expected.normedWasserstein],
    ['KS D', ks.statistic, expected.ks.statistic],
    ['KS p', ks.pValue, expected.ks.pValue],
    ...listed('reference count', bins.reference, expected.counts[0]),
    ...listed('current count', bins.current, expected.counts[1]),
    ...listed('Sturges edge', sturgesEdges(range), expected.sturges),
    ...listed('Doane edge', doaneEdges(range), expected.doane),
  ]
}

function listed(what: string, actual: ArrayLike<number>, expected: readonly number[]): Comparison[] {
  const length: Comparison = [`${what}s`, actual.length, expected.length]
  return [length, ...expected.map((value, index): Comparison => [`${what} ${index}`, at(actual, index), value])]
}

describe('two-sample figures agree with scipy and numpy to 1e-9', () => {
  it.each(golden.samples.map((sample) => [sample.name, sample] as const))('%s', (_, sample) => {
    expect(disagreements(compared(sample, sample.reference, sample.current))).toEqual([])
    expect(kolmogorovSmirnov(sample.reference, sample.current).location).toBe(sample.ks.location)
  })

  it.each(golden.formulas.map((sample) => [JSON.stringify(sample.formula), sample] as const))(
    'formula %s',
    (_, sample) => {
      expect(disagreements(compared(sample, residues(sample.formula[0]), residues(sample.formula[1])))).toEqual([])
    },
  )

  it('chi-squared tests', () => {
    const figures = golden.chiSquared.flatMap((expected): Comparison[] => {
      const actual = chiSquaredTwoSample(...withEmptyCategory(expected.table))
      const fit = chiSquaredOfFit(...expected.table)
      return [
        ['statistic', actual.statistic, expected.statistic],
        ['p', actual.pValue, expected.pValue],
        ['V', actual.cramersV, expected.cramersV],
        ['degrees of freedom', actual.degreesOfFreedom, expected.degreesOfFreedom],
        ['statistic of fit', fit.statistic, expected.fit?.statistic ?? fit.statistic],
        ['p of fit', fit.pValue, expected.fit?.pValue ?? fit.pValue],
      ]
    })
    expect(disagreements(figures)).toEqual([])
  })
})

describe('two-sample figures', () => {
  const counts = fc
    .integer({ min: 2, max: 12 })
    .chain((length) =>
      fc.tuple(
        fc.array(fc.nat({ max: 500 }), { minLength: length, maxLength: length }),
        fc.array(fc.nat({ max: 500 }), { minLength: length, maxLength: length }),
      ),
    )
  const filled = counts.filter(([left, right]) => total(left) > 0 && total(right) > 0)
  const sample = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 60 })

  it('distances are symmetric, zero for equal shares and stay in their range', () => {
    fc.assert(
      fc.property(filled, ([left, right]) => {
        for (const [distance, largest] of [
          [psiFromCounts, Number.POSITIVE_INFINITY],
          [jensenShannonFromCounts, Math.sqrt(Math.LN2) + 1e-12],
          [hellingerFromCounts, 1],
        ] as const) {
          expect(distance(left, right)).toBeCloseTo(distance(right, left), 10)
          expect(
            distance(
              left,
              left.map((count) => 3 * count),
            ),
          ).toBeCloseTo(0, 7)
          expect(distance(left, right)).toBeGreaterThanOrEqual(0)
          expect(distance(left, right)).toBeLessThanOrEqual(largest)
        }
      }),
    )
  })

  it('a KS test is symmetric and ignores any increasing change of scale', () => {
    fc.assert(
      fc.property(sample, sample, (left, right) => {
        const test = kolmogorovSmirnov(left, right)
        const swapped = kolmogorovSmirnov(right, left)
        const cubed = kolmogorovSmirnov(
          left.map((x) => x ** 3),
          right.map((x) => x ** 3),
        )
        expect([swapped.statistic, swapped.pValue]).toEqual([test.statistic, test.pValue])
        expect([cubed.statistic, cubed.pValue]).toEqual([test.statistic, test.pValue])
        expect(test.pValue).toBeGreaterThan(0)
        expect(test.pValue).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('moving every row by a constant moves the Wasserstein distance by it', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 30 }), (rows, shift) => {
        const moved = rows.map((row) => row + shift)
        expect(wassersteinDistance(rows, moved)).toBeCloseTo(shift, 9)
      }),
    )
  })

  it('tabulated counts give what the rows give', () => {
    fc.assert(
      fc.property(sample, sample, (left, right) => {
        const table = valueCounts(left, right)
        expect([total(table.reference), total(table.current)]).toEqual([left.length, right.length])
        expect(ksFromCounts(table.values, table.reference, table.current)).toEqual(kolmogorovSmirnov(left, right))
        expect(wassersteinFromCounts(table.values, table.reference, table.current)).toBe(
          wassersteinDistance(left, right),
        )
      }),
    )
  })

  it('every value between the edges falls into exactly one bin', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 80 }),
        (rows) => {
          const range = rangeOf(rows)
          for (const edges of [sturgesEdges(range), doaneEdges(range)]) {
            expect(total(binCounts(rows, edges))).toBe(rows.length)
          }
        },
      ),
    )
  })

  it('missing values are left out', () => {
    expect(kolmogorovSmirnov([1, 2, Number.NaN], [1, 2, Number.POSITIVE_INFINITY]).statistic).toBe(0)
  })

  it('a category that the reference lacks cannot fit it', () => {
    expect(chiSquaredOfFit([10, 0], [8, 2])).toMatchObject({ statistic: Number.POSITIVE_INFINITY, pValue: 0 })
  })

  it('a constant column never drifts', () => {
    expect(chiSquaredTwoSample([100], [90])).toMatchObject({ statistic: 0, pValue: 1 })
    expect(kolmogorovSmirnov([3, 3, 3], [3, 3])).toMatchObject({ statistic: 0, pValue: 1 })
    expect(populationStabilityIndex([3, 3, 3], [3, 3])).toBe(0)
  })

  it('an empty side or lists of unlike length are refused with a sentence', () => {
    for (const attempt of [
      () => psiFromCounts([1, 2], [0, 0]),
      () => ksFromCounts([1], [0], [4]),
      () => jensenShannonFromCounts([1, 2], [1, 2, 3]),
      () => chiSquaredTwoSample([0, 0], [1, 2]),
      () => rangeOf([Number.NaN]),
    ]) {
      expect(attempt).toThrow(RangeError)
    }
  })
})

function withEmptyCategory([reference, current]: [number[], number[]]): [number[], number[]] {
  return [
    [...reference, 0],
    [...current, 0],
  ]
}

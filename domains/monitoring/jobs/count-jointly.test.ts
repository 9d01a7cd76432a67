import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAnalytics } from '@millrace/kernel/analytics'
import { temporaryFolder } from '@millrace/kernel/testing'
import { createRandom, kolmogorovSmirnov } from '@millrace/statistics'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createColumnValues } from './column-values.ts'
import { countJointly } from './count-jointly.ts'
import { StatisticsThread } from './statistics-thread.ts'
import { sumPerformance } from './sum-performance.ts'
import { performanceOf } from '../model/performance.ts'
import { describeColumns } from './window-columns.ts'

interface Distances {
  psi: number
  js: number
  ks: number
  ksEffect: number
}
type Formula = [rows: number, multiplier: number, modulus: number, divisor: number, offset: number]
/** Written by testing/make-drift-golden.py from numpy, scipy and scikit-learn. */
interface Golden {
  stored: ({ name: string; whole: boolean; reference: number[]; current: number[] } & Distances)[]
  formulas: ({ name: string; reference: Formula; current: Formula } & Distances)[]
  performance: { labels: number[]; scores: number[] } & Record<string, number>
}
const golden = JSON.parse(readFileSync(new URL('../testing/drift.golden.json', import.meta.url), 'utf8')) as Golden

async function aDatabase() {
  const folder = await temporaryFolder()
  const analytics = createAnalytics({ allowedFolders: [folder] })
  const thread = new StatisticsThread()
  onTestFinished(async () => {
    await analytics.close()
    await thread.close()
  })
  return { folder, analytics, thread }
}

const listOf = (values: readonly number[], type: string) => `(select unnest([${values.join(', ')}]::${type}[]) as x)`
const rowsOf = ([rows, multiplier, modulus, divisor, offset]: Formula) =>
  `(select ((i * ${multiplier} + ${offset}) % ${modulus})::double / ${divisor}::double as x from range(${rows}) t(i))`

async function distancesOf(reference: string, current: string, type: string) {
  const { folder, analytics, thread } = await aDatabase()
  const path = join(folder, 'window.parquet')
  await analytics.rows(`copy (select x::double as f0 from ${current}) to '${path}' (format parquet)`)
  const values = await createColumnValues(
    analytics,
    join(folder, 'columns'),
  )({
    of: 'reference',
    column: 'x',
    type,
    kind: 'number',
    table: async () => reference,
  })
  const [window] = await describeColumns(analytics, path, [{ as: 'f0', type, reference: values }])
  if (window === undefined) throw new Error('no figures')
  const { counts } = await countJointly(analytics, { path, as: 'f0', window, reference: values })
  const [distances] = await thread.distancesOf([counts])
  return distances
}

function near(actual: number | null | undefined, expected: number): boolean {
  return typeof actual === 'number' && Math.abs(actual - expected) <= Math.max(1e-12, 1e-9 * Math.abs(expected))
}

function disagreements(
  actual: object | null | undefined,
  expected: Readonly<Record<string, unknown>>,
  names: readonly string[],
) {
  const figures = new Map<string, unknown>(Object.entries(actual ?? {}))
  return names.flatMap((name) => {
    const [ours, theirs] = [figures.get(name), expected[name]]
    return near(Number(ours ?? Number.NaN), Number(theirs))
      ? []
      : [`${name}: ${String(ours)} instead of ${String(theirs)}`]
  })
}

const names = ['psi', 'js', 'ks', 'ksEffect']

describe('drift counted in the database', () => {
  it.each(golden.stored)(
    'agrees with numpy and scipy to 1e-9: $name',
    async ({ reference, current, whole, ...expected }) => {
      const type = whole ? 'BIGINT' : 'DOUBLE'
      const distances = await distancesOf(listOf(reference, type), listOf(current, type), type)
      expect(disagreements(distances, expected, names)).toEqual([])
    },
  )

  it.each(golden.formulas)(
    'agrees with numpy and scipy to 1e-9: $name',
    async ({ reference, current, ...expected }) => {
      const distances = await distancesOf(rowsOf(reference), rowsOf(current), 'DOUBLE')
      expect(disagreements(distances, expected, names)).toEqual([])
    },
  )

  it('finds the same distance as a walk over all values, whatever the ties', async () => {
    const random = createRandom(7)
    const sample = (size: number, values: number) =>
      Array.from({ length: size }, () => Math.floor(random() * values) - values / 3)
    for (const values of [2, 3, 5, 9, 40]) {
      const [reference, current] = [sample(17 + values, values), sample(11, values + 2)]
      const found = await distancesOf(listOf(reference, 'DOUBLE'), listOf(current, 'DOUBLE'), 'DOUBLE')
      const expected = kolmogorovSmirnov(reference, current)
      expect(found?.ksEffect).toBeCloseTo(expected.statistic, 12)
      expect(found?.ks).toBeCloseTo(expected.pValue, 12)
    }
  })

  it('leaves out what is missing or not finite', async () => {
    const holed = `(select unnest([1, null, 'nan'::double, 'inf'::double, 2, 3]) as x)`
    const distances = await distancesOf(holed, listOf([1, 2, 3], 'DOUBLE'), 'DOUBLE')
    expect(distances).toMatchObject({ psi: 0, js: 0, ks: 1, ksEffect: 0 })
  })

  it('has no figures where a side is empty', async () => {
    const distances = await distancesOf(listOf([1, 2], 'DOUBLE'), '(select null::double as x)', 'DOUBLE')
    expect(distances).toEqual({ psi: null, js: null, ks: null, ksEffect: null, ksAt: null })
  })
})

describe('performance added up in the database', () => {
  it('agrees with scikit-learn to 1e-9', async () => {
    const { folder, analytics } = await aDatabase()
    const path = join(folder, 'window.parquet')
    const { labels, scores } = golden.performance
    await analytics.rows(
      `copy (select unnest([${labels.join(', ')}]::double[]) as label, unnest([${scores.join(', ')}]::double[]) as score) to '${path}' (format parquet)`,
    )
    const { sums } = await sumPerformance(analytics, path, { hasScore: true, threshold: 0.3 })
    const performance = performanceOf(sums, null)
    const figures = ['logLoss', 'auc', 'brier', 'accuracy', 'calibrationGap']
    expect(disagreements(performance, golden.performance, figures)).toEqual([])
    expect(near(performance?.standardErrors['calibrationGap'], golden.performance['calibrationGapError'] ?? 0)).toBe(
      true,
    )
  })
})

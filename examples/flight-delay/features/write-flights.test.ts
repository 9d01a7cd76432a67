import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareModels, type Comparison } from '../model/evaluate.ts'
import { trainLogistic } from '../model/train-logistic.ts'
import type { DayRange } from './day.ts'
import { columnsOfDays, type FeatureColumns } from './feature-columns.ts'
import { flightsFile } from './flights-file.ts'
import { readFeatures } from './read-features.ts'
import { writeFlights } from './write-flights.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flight-delay-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('the sample of one flight in ten', () => {
  it('holds 300,000 of the three million flights and leads to the same two decisions', async () => {
    const samplePath = join(folder, 'sample.parquet')
    expect(await writeFlights({ flightsPath: flightsFile(), outPath: samplePath, keep: 'one-in-ten' })).toEqual({
      rowCount: 300_000,
    })
    const flights = await readFeatures({ flightsPath: samplePath, from: '2001-01-02', to: '2001-07-01' })
    const [marchApril, may] = [
      { from: '2001-03-01', to: '2001-05-01' },
      { from: '2001-05-01', to: '2001-05-11' },
    ]
    const promoted = compareTrained(flights, {
      champion: { from: '2001-01-02', to: '2001-03-01' },
      candidate: marchApril,
      on: may,
    })
    expect(promoted.verdict).toBe('candidate-better')
    const refused = compareTrained(flights, {
      champion: marchApril,
      candidate: { from: '2001-04-01', to: '2001-06-01' },
      on: { from: '2001-06-01', to: '2001-07-01' },
    })
    expect(refused.verdict).not.toBe('candidate-better')
    expect(refused.difference.estimate).toBeLessThan(0)
  }, 60_000)

  it('keeps only the days asked for', async () => {
    const dayPath = join(folder, 'day.parquet')
    const range = { from: '2001-05-01', to: '2001-05-02' }
    const { rowCount } = await writeFlights({ flightsPath: flightsFile(), outPath: dayPath, range, keep: 'all' })
    expect(rowCount).toBe(17_198)
  })
})

function compareTrained(flights: FeatureColumns, days: Record<'champion' | 'candidate' | 'on', DayRange>): Comparison {
  const trainedOn = (range: DayRange) => trainLogistic(columnsOfDays(flights, range)).model
  return compareModels(
    { champion: trainedOn(days.champion), candidate: trainedOn(days.candidate) },
    columnsOfDays(flights, days.on),
  )
}

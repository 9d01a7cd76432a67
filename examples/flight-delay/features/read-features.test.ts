import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aFlight, writeTestFlights } from '../testing/write-test-flights.ts'
import { kilometresFault } from './kilometres-fault.ts'
import { readFeatures, streamFeatures } from './read-features.ts'
import { writeFeatures } from './write-features.ts'

const twoDays = { from: '2001-01-02', to: '2001-01-04' }
let folder = ''
let flightsPath = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flight-delay-test-'))
  flightsPath = join(folder, "flights of O'Hare.parquet")
  await writeTestFlights(flightsPath, [
    aFlight({ at: '2001-01-01 08:00', delay: 16, destination: 'CCC' }),
    aFlight({ at: '2001-01-01 09:00', delay: 15 }),
    aFlight({ at: '2001-01-01 10:00', delay: 90, origin: 'DDD' }),
    aFlight({ at: '2001-01-01 11:00', delay: -3, origin: 'DDD' }),
    aFlight({ at: '2001-01-01 23:59', delay: null }),
    aFlight({ at: '2001-01-02 00:00', delay: 200, distance: 733 }),
    aFlight({ at: '2001-01-02 23:59', delay: 0, origin: 'ZZZ', destination: 'YYY' }),
    aFlight({ at: '2001-01-03 06:30', delay: 20, origin: 'ZZZ' }),
  ])
})
afterAll(() => rm(folder, { recursive: true }))

describe('features of flights', () => {
  it('take hour, weekday, distance, event time and label from the flight itself', async () => {
    const { features, late, eventTimeMs, flightId } = await readFeatures({ flightsPath, ...twoDays })
    expect([...features.hour]).toEqual([0, 23, 6])
    expect([...features.weekday]).toEqual([2, 2, 3])
    expect([...features.distance]).toEqual([733, 500, 500])
    expect([...late]).toEqual([1, 0, 1])
    expect([...eventTimeMs]).toEqual([Date.UTC(2001, 0, 2), Date.UTC(2001, 0, 2, 23, 59), Date.UTC(2001, 0, 3, 6, 30)])
    expect([...flightId]).toEqual([5, 6, 7])
  })

  it("take late shares from yesterday's departures at the origin and arrivals at the destination", async () => {
    const { features } = await readFeatures({ flightsPath, ...twoDays })
    expect(features.origin_late_share[0]).toBe(0.5)
    expect(features.destination_late_share[0]).toBe(Math.fround(1 / 3))
  })

  it("take the whole network's late share where an airport had no flights yesterday", async () => {
    const { features } = await readFeatures({ flightsPath, ...twoDays })
    expect([features.origin_late_share[1], features.destination_late_share[1]]).toEqual([0.5, 0.5])
  })

  it('do not change when the labels of their own day or of later days do', async () => {
    const changedPath = join(folder, 'changed.parquet')
    await writeTestFlights(changedPath, [
      aFlight({ at: '2001-01-01 08:00', delay: 16 }),
      aFlight({ at: '2001-01-01 09:00', delay: 0 }),
      aFlight({ at: '2001-01-02 09:00', delay: 500 }),
      aFlight({ at: '2001-01-02 10:00', delay: 500 }),
      aFlight({ at: '2001-01-03 10:00', delay: 500 }),
    ])
    const { features } = await readFeatures({ flightsPath: changedPath, from: '2001-01-02', to: '2001-01-03' })
    expect([...features.origin_late_share]).toEqual([0.5, 0.5])
  })

  it('are refused for a day whose day before is not in the file', async () => {
    await expect(readFeatures({ flightsPath, from: '2001-01-01', to: '2001-01-03' })).rejects.toThrow(
      'no flights on the day before 2001-01-01',
    )
  })

  it('are refused for a range that holds no day or names none', async () => {
    await expect(readFeatures({ flightsPath, from: '2001-01-03', to: '2001-01-03' })).rejects.toThrow('holds no day')
    await expect(readFeatures({ flightsPath, from: '2001-02-30', to: '2001-03-03' })).rejects.toThrow('no calendar day')
  })

  it('are the same when written to a file and read back', async () => {
    const featuresPath = join(folder, 'features.parquet')
    const written = await writeFeatures({ flightsPath, ...twoDays, outPath: featuresPath })
    expect(written).toEqual({ rowCount: 3 })
    expect(await readFeatures({ featuresPath })).toEqual(await readFeatures({ flightsPath, ...twoDays }))
    const lastDay = { from: '2001-01-03', to: '2001-01-04' }
    expect(await readFeatures({ featuresPath, range: lastDay })).toEqual(
      await readFeatures({ flightsPath, ...lastDay }),
    )
  })

  it('close their database when the reader stops early', async () => {
    for await (const part of streamFeatures({ flightsPath, ...twoDays })) {
      expect(part.late).toHaveLength(3)
      break
    }
  })
})

describe('the kilometres fault', () => {
  it('multiplies the distance on its day only, whether computed or read from a file', async () => {
    const fault = kilometresFault('2001-01-02')
    const featuresPath = join(folder, 'miles.parquet')
    await writeFeatures({ flightsPath, ...twoDays, outPath: featuresPath })
    for (const source of [
      { flightsPath, ...twoDays, fault },
      { featuresPath, fault },
    ]) {
      const { features } = await readFeatures(source)
      expect([...features.distance]).toEqual([Math.fround(733 * 1.609344), Math.fround(500 * 1.609344), 500])
    }
  })

  it('says that it is ours', () => {
    expect(kilometresFault('2001-06-05').label).toBe(
      'Injected by the demo: on 2001-06-05 the feed sends kilometres in distance.',
    )
  })
})

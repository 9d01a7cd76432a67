import { createRandom, integerVariate } from '@millrace/statistics'
import { emptyColumns, type FeatureColumns } from '../features/feature-columns.ts'
import { sigmoid } from '../model/logistic-model.ts'

/**
 * Flights drawn at random, later ones in the evening and after bad days, one a minute from 1 January 2001; the same for
 * the same seed.
 */
export function randomColumns(rowCount: number, seed: number): FeatureColumns {
  const random = createRandom('random flights', seed)
  const columns = emptyColumns(rowCount)
  for (let row = 0; row < rowCount; row++) {
    const hour = integerVariate(random, 0, 23)
    const originLateShare = Math.fround(random())
    columns.features.hour[row] = hour
    columns.features.weekday[row] = integerVariate(random, 1, 7)
    columns.features.distance[row] = integerVariate(random, 21, 4962)
    columns.features.origin_late_share[row] = originLateShare
    columns.features.destination_late_share[row] = random()
    columns.late[row] = random() < sigmoid(-2.5 + hour / 12 + originLateShare) ? 1 : 0
    columns.eventTimeMs[row] = Date.UTC(2001, 0, 1, 0, row)
    columns.flightId[row] = row
  }
  return columns
}

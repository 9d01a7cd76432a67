import { join } from 'node:path'
import type { Runtime } from '@millrace/kernel'
import type { ReadColumnValues } from './column-values.ts'
import { createColumnValues } from './column-values.ts'
import type { PredictionSource } from './prediction-source.ts'
import type { SetWindowGauges } from './window-gauges.ts'
import { createWindowGauges } from './window-gauges.ts'
import { StatisticsThread } from './statistics-thread.ts'

/** What measuring works with. */
export interface MonitoringTools {
  readonly runtime: Runtime
  readonly predictions: PredictionSource
  readonly thread: StatisticsThread
  readonly readColumnValues: ReadColumnValues
  readonly setGauges: SetWindowGauges
  /** Where a window's rows lie while they are measured. */
  readonly workFolder: string
}

/** Kept counts; a new name when their columns change, so that a newer version does not read an older one's. */
const columnsFolder = 'columns-2'

/** Makes the tools; nothing is started before the first measurement. */
export function createMonitoringTools(runtime: Runtime, predictions: PredictionSource): MonitoringTools {
  const folder = join(runtime.dataDir, 'monitoring')
  return {
    runtime,
    predictions,
    thread: new StatisticsThread(),
    readColumnValues: createColumnValues(runtime.analytics, join(folder, columnsFolder)),
    setGauges: createWindowGauges(runtime.metrics),
    workFolder: join(folder, 'work'),
  }
}

import { join } from 'node:path'
import { file, id, integer, step } from '@millrace/pipelines/define'
import { addDays, dayOf } from '../features/day.ts'
import { writeFeatures } from '../features/write-features.ts'

interface DatasetVersion {
  id: string
  files: { path: string }[]
  split: { fromMs: number; toMs: number } | null
}

/** Fetches a version of the flights and computes its features, each from what was known the day before. */
export const prepare = step({
  name: 'prepare',
  inputs: { dataset: id('dataset-version') },
  outputs: { features: file(), version: id('dataset-version'), rows: integer() },
  cache: true,
  retries: 1,
  resources: { cpu: 1, memoryMb: 1024 },
  run: async ({ inputs, client, log, workDir }) => {
    const version = await client.get<DatasetVersion>(`/dataset-versions/${inputs.dataset}`)
    const [first] = version.files
    if (first === undefined || version.split === null)
      throw new Error(`${inputs.dataset} is not a span of days cut out of the flights.`)
    const flightsPath = await client.download(
      `/dataset-versions/${version.id}/files/${encodeURIComponent(first.path)}`,
      join(workDir, 'flights.parquet'),
    )
    // The first day is history: its own yesterday is not in the span.
    const from = addDays(dayOf(version.split.fromMs), 1)
    const to = dayOf(version.split.toMs)
    const features = join(workDir, 'features.parquet')
    const { rowCount } = await writeFeatures({ flightsPath, from, to, outPath: features }, { threads: 1 })
    log(`${rowCount} flights from ${from} to ${to}, yesterday's late shares computed point in time`)
    return { features, version: version.id, rows: rowCount }
  },
})

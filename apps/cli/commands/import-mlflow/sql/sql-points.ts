import { SeriesGatherer } from '../series-gatherer.ts'
import type { RunPoints, SourceRun } from '../source.ts'
import { textOf, valueOf, wholeOf } from '../words.ts'
import type { SqlTables } from './sql-tables.ts'
import { places } from './sql-tables.ts'

/** The points of runs, run by run, each metric's in the order in which it was logged. */
export async function* readPoints(tables: SqlTables, runs: readonly SourceRun[]): AsyncGenerator<RunPoints> {
  const ids = runs.filter(({ metricsMark }) => metricsMark !== '0').map(({ id }) => id)
  if (ids.length === 0) return
  const columns = await tables.columns('metrics')
  const step = columns.has('step') ? tables.whole('step') : '0'
  const isNan = columns.has('is_nan') ? 'is_nan' : 'null'
  const sql = `select run_uuid, key, ${step} as step, ${tables.whole('timestamp')} as timestamp, value, ${isNan} as is_nan
    from metrics where run_uuid in (${places(ids)}) order by run_uuid`
  const gatherer = new SeriesGatherer()
  for await (const rows of tables.batches(sql, ids)) {
    for (const row of rows) {
      const id = textOf(row['run_uuid'])
      const full = gatherer.full(id)
      if (full !== undefined) yield full
      const nan = row['is_nan'] === 1 || row['is_nan'] === true
      gatherer.add(id, textOf(row['key']), {
        step: wholeOf(row['step']),
        timeMs: wholeOf(row['timestamp']),
        value: nan ? 'NaN' : valueOf(row['value']),
      })
    }
  }
  const rest = gatherer.rest()
  if (rest !== undefined) yield rest
}

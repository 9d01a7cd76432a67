import { tables } from '@millrace/kernel/db'
import { onEachStore } from '@millrace/kernel/testing'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { shownPoint } from '../../model/series/shown-points.ts'
import { readWhole } from './read-series.ts'
import { settle } from '../settle.ts'
import * as createRun from '../migrations/0001-create-run.ts'
import * as logMetricsFirst from '../migrations/0002-log-metrics-first.ts'

onEachStore((openStore, dialect) => {
  it('keeps the points that were there', async () => {
    const database = await openStore()
    await database.exclusively(async (db) => {
      const tx = tables<unknown>(db)
      await createRun.up(tx, dialect)
      await sql`insert into experiment_tracking_run (workspace, id, experiment, name, status, created_at_ms, created_by)
        values ('default', 'r', 3, 'n', 'running', 1, 'a')`.execute(db)
      await sql`insert into experiment_tracking_metric
        (series, workspace, run_id, key, points, last_value, last_step, last_at_ms, min_value, max_value)
        values (7, 'default', 'r', 'é', 3, 2, 2, 9, 0.5, 2)`.execute(db)
      await sql`insert into experiment_tracking_point (series, step, at_ms, value, is_nan)
        values (7, 1, 8, 0, 1), (7, 2, 9, 2, 0), (7, 1, 8, 0.5, 0)`.execute(db)
      await logMetricsFirst.up(tx, dialect)
    })
    for (let round = 0; round < 2; round += 1) {
      const points = await readWhole({ db: database.reader, dialect }, { workspace: 'default', runId: 'r', key: 'é' })
      expect([0, 1, 2].map((i) => shownPoint(points, i))).toEqual([
        { step: 1, timestampMs: 8, value: 'NaN' },
        { step: 1, timestampMs: 8, value: 0.5 },
        { step: 2, timestampMs: 9, value: 2 },
      ])
      await settle({ database }, { workspace: 'default' }, { experiments: [3] })
    }
  })
})

import { createDatasets } from '@millrace/datasets'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { openSqlite } from '@millrace/kernel/db'
import { readFileSync } from 'node:fs'
import { it } from 'vitest'
import { putMonitor } from './actions/put-monitor.ts'
import { listWindows } from './actions/read-windows.ts'
import { createMonitoring } from './domain.ts'
import { join } from 'node:path'
const root = '/api/millrace/v1/w/default'
const F = '/tmp/mon/features.parquet'
for (const sample of [1, 10]) it('flights '+sample, async () => {
  let files: string[] = []
  let wm = 0
  const dir = '/tmp/mon/data'+sample+'-'+Date.now()
  const t = await testKernel({ dataDir: dir, database: openSqlite({ path: dir + '.db' }), domains: (r) => [createDatasets(r), createMonitoring(r, { everyMs: 3_600_000, predictions: { predictionWindow: async () => ({ predictions: files, labels: [join(r.dataDir,'labels.parquet')] }), watermark: async () => wm } })] })
  const a = t.runtime.analytics
  await a.allow('/tmp/mon')
  const ref = join(t.runtime.dataDir, 'ref.parquet')
  const keep = `flight_id % ${sample} = 0`
  await a.rows(`copy (select * from '${F}' where ${keep} and event_time_ms < ${Date.UTC(2001,2,1)}) to '${ref}' (format parquet)`)
  const up = await t.app.inject({ method: 'POST', url: `${root}/datasets/flights/uploads?path=r.parquet`, headers: {'content-type':'application/octet-stream'}, payload: readFileSync(ref) })
  const reg = await t.app.inject({ method: 'POST', url: `${root}/datasets/flights/versions`, payload: { version: 'jf', files: [{ path: 'r.parquet', digest: up.json().digest }] } })
  console.log(reg.statusCode, reg.json().rowCount)
  const write = async (km: string) => {
    const p = join(t.runtime.dataDir, 'p'+km.length+'.parquet')
    await a.rows(`copy (select 'pred_' || flight_id as prediction_id, 'dep' as deployment_id, 'ver' as version_id, 1 as version, 'champion' as role, event_time_ms::bigint as event_time_ms, hour as "in.hour", weekday as "in.weekday", (distance${km})::float as "in.distance", origin_late_share as "in.origin_late_share", destination_late_share as "in.destination_late_share", (0.05+0.5*origin_late_share+0.3*destination_late_share)::float as "out.probability" from '${F}' where ${keep} and event_time_ms >= ${Date.UTC(2001,2,1)}) to '${p}' (format parquet)`)
    files = [p]
  }
  await a.rows(`copy (select 'pred_' || flight_id as prediction_id, late::double as value, 0::bigint as received_at_ms, 1::bigint as sequence from '${F}' where ${keep}) to '${join(t.runtime.dataDir,'labels.parquet')}' (format parquet)`)
  wm = Date.UTC(2001,6,1)
  for (const [name, km] of [['miles',''],['km',' * 1.609344']] as const) {
    await write(km)
    await t.act(putMonitor, { name, endpoint: 'e', reference: 'datasets:/flights@jf', labelColumn: 'late' })
    const t0 = performance.now()
    const r = await t.app.inject({ method: 'POST', url: `${root}/monitors/${name}/evaluation`, payload: {} })
    console.log(name, r.statusCode, r.json().windows?.length ?? r.body, ((performance.now()-t0)/1000).toFixed(1)+'s')
    const items = (await t.ask(listWindows, { name, limit: 1000 })).items
    const failed = new Map<string, number>()
    for (const w of items) for (const q of w.quality) if (!q.ok) failed.set(q.check+':'+q.feature, (failed.get(q.check+':'+q.feature) ?? 0)+1)
    console.log(items.length, Object.fromEntries(failed), 'rows', Math.min(...items.map(w=>w.rows)), Math.max(...items.map(w=>w.rows)))
    const s = items.flatMap(w=>w.quality).find(q=>q.check==='scale'&&!q.ok)
    console.log(s?.sentence)
    console.log(JSON.stringify(items[30]?.drift.map(d=>[d.feature,d.psi?.toFixed(4),d.js?.toFixed(4),d.ks,d.ksEffect?.toFixed(4),d.by,d.binning])), JSON.stringify({...items[30]?.performance, calibration: undefined}))
  }
  await t.act(putMonitor, { name: 'ten', endpoint: 'e', reference: 'datasets:/flights@jf', windowMs: 10*86400000, alignedToMs: Date.UTC(2001,4,1) })
  const t1 = performance.now()
  const r = await t.app.inject({ method: 'POST', url: `${root}/monitors/ten/evaluation`, payload: {} })
  console.log('ten', r.json().windows.length, ((performance.now()-t1)/1000).toFixed(1)+'s')
  const ten = (await t.ask(listWindows, { name: 'ten', limit: 1000 })).items
  for (const w of ten.toReversed()) console.log(new Date(w.fromMs).toISOString().slice(0,10), w.rows, w.performance?.positiveRate.toFixed(4), w.performance?.meanScore.toFixed(4), w.performance?.auc?.toFixed(4), JSON.stringify(w.performance?.calibrationGapInterval))
}, 300000)

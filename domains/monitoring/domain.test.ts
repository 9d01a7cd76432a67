import { createDatasets } from '@millrace/datasets'
import { ref } from '@millrace/contract'
import type { TestKernel } from '@millrace/kernel/testing'
import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { deleteAlertRule } from './actions/delete-alert-rule.ts'
import { putAlertRule } from './actions/put-alert-rule.ts'
import { putMonitor } from './actions/put-monitor.ts'
import { listAlerts, readAlert } from './actions/read-alerts.ts'
import { listIncidents } from './actions/read-incidents.ts'
import { readMonitor } from './actions/read-monitors.ts'
import { listWindows, readWindow } from './actions/read-windows.ts'
import { acknowledgeAlert, resolveAlert, silenceAlert } from './actions/steer-alert.ts'
import { mitigateIncident, resolveIncident, reviewIncident } from './actions/steer-incident.ts'
import type { MonitorWindow } from './contract.ts'
import type { Evaluation, Monitoring } from './domain.ts'
import { createMonitoring } from './domain.ts'
import { FakePredictions } from './testing/fake-predictions.ts'

const root = '/api/millrace/v1/w/default'
const dayMs = 86_400_000
const day = (number: number) => Date.UTC(2001, 4, number)

/** 600 flights whose distances are those of the windows below. */
function referenceCsv(): string {
  const rows = Array.from({ length: 600 }, (_, i) => `${100 + ((i * 37) % 900)},${i % 24},${i % 5 === 0 ? 1 : 0}`)
  return `distance,hour,late\n${rows.join('\n')}\n`
}
const inputs = { distance: '(100 + (i * 37) % 900)::float', hour: '(i % 24)::float' }

async function registerReference(t: TestKernel): Promise<string> {
  const headers = { 'content-type': 'application/octet-stream' }
  const url = `${root}/datasets/flights/uploads?path=flights.csv`
  const { digest } = (await t.app.inject({ method: 'POST', url, headers, payload: referenceCsv() })).json<{
    digest: string
  }>()
  const payload = { version: '2001-02', files: [{ path: 'flights.csv', digest }] }
  const answer = await t.app.inject({ method: 'POST', url: `${root}/datasets/flights/versions`, payload })
  return answer.json<{ id: string }>().id
}

/** The one entry of a list. */
function only<T>(items: readonly T[]): T {
  const [first] = items
  if (first === undefined || items.length > 1) throw new Error(`${items.length} entries instead of one`)
  return first
}

onEachStore((openStore) => {
  async function start(spec: object = {}) {
    const made: { monitoring?: Monitoring; log?: FakePredictions } = {}
    const t = await testKernel({
      database: await openStore(),
      domains: (runtime) => {
        made.log = new FakePredictions(runtime)
        made.monitoring = createMonitoring(runtime, { predictions: made.log, everyMs: 3_600_000 })
        return [createDatasets(runtime), made.monitoring]
      },
    })
    const { log } = made
    if (log === undefined) throw new Error('no log')
    const versionId = await registerReference(t)
    const monitorSpec = { name: 'daily', endpoint: 'flight-delay', reference: 'datasets:/flights@2001-02', ...spec }
    await t.act(putMonitor, monitorSpec)
    const evaluate = async (untilMs?: number) => {
      const payload = untilMs === undefined ? {} : { untilMs }
      const answer = await t.app.inject({ method: 'POST', url: `${root}/monitors/daily/evaluation`, payload })
      if (answer.statusCode !== 200) throw new Error(answer.body)
      return answer.json<Evaluation>()
    }
    const addDay = (number: number, more: object = {}) =>
      log.add({ fromMs: day(number), toMs: day(number + 1), rows: 400, inputs, ...more })
    const windows = async () => (await t.ask(listWindows, { name: 'daily' })).items.toReversed()
    return { t, log, versionId, evaluate, addDay, windows, monitorSpec }
  }

  describe('windows', () => {
    it('close when the watermark has passed their end, and not before', async () => {
      const { t, evaluate, addDay, windows, versionId } = await start()
      await addDay(1)
      await addDay(2)
      expect((await evaluate()).windows).toHaveLength(1)
      const [first] = await windows()
      expect(first).toMatchObject({ fromMs: day(1), toMs: day(2), rows: 400, labelled: 0, coverage: 0, revision: 1 })
      expect(first?.performance).toBeNull()
      expect(first?.deployments).toEqual([
        { deploymentId: 'dep_1', versionId: 'ver_1', version: 1, role: 'champion', rows: 400 },
      ])
      expect(await t.events('monitoring.window.closed')).toEqual([
        expect.objectContaining({ payload: { id: first?.id, monitor: 'daily', fromMs: day(1), toMs: day(2) } }),
      ])
      const window = ref('window', first?.id ?? '')
      expect(t.edges).toContainEqual({ from: window, type: 'measured', to: ref('deployment', 'dep_1') })
      expect(t.edges).toContainEqual({
        from: window,
        type: 'measured',
        to: ref('dataset-version', versionId),
        context: 'reference',
      })
      expect(t.auditTrail.at(-1)).toMatchObject({ action: 'monitoring.record-window', object: window })
    })
    it('close by untilMs without a watermark beyond them', async () => {
      const { evaluate, addDay } = await start()
      await addDay(1)
      expect((await evaluate()).windows).toHaveLength(0)
      expect((await evaluate(day(2))).windows).toHaveLength(1)
    })
    it('close once, however often and by whomever they are evaluated', async () => {
      const { t, evaluate, addDay, windows } = await start()
      for (const number of [1, 2, 3]) await addDay(number)
      const answers = await Promise.all([evaluate(), evaluate(), t.kernel.chores.runNow('monitoring.evaluate')])
      expect(answers.flatMap((one) => (typeof one === 'boolean' ? [] : one.windows)).length).toBeLessThanOrEqual(2)
      expect(await windows()).toHaveLength(2)
      expect(await evaluate()).toMatchObject({ windows: [], remeasured: [], alerts: [] })
      expect(await t.events('monitoring.window.closed')).toHaveLength(2)
    })
    it('are passed over where nothing was predicted', async () => {
      const { evaluate, addDay, windows } = await start()
      await addDay(1)
      await addDay(4)
      await addDay(5)
      await evaluate()
      expect((await windows()).map(({ fromMs }) => fromMs)).toEqual([day(1), day(4)])
    })
    it('leave shadows out', async () => {
      const { evaluate, addDay, windows } = await start()
      await addDay(1)
      await addDay(1, { role: 'shadow', version: 2 })
      await evaluate(day(2))
      expect((await windows())[0]).toMatchObject({ rows: 400, deployments: [{ deploymentId: 'dep_1' }] })
    })
    it('take in rows that came late, as the next revision', async () => {
      const { t, log, evaluate, addDay, windows } = await start()
      await addDay(1)
      await evaluate(day(2))
      await log.add({ fromMs: day(1), toMs: day(2), rows: 100, inputs, version: 2 })
      const { remeasured } = await evaluate(day(2))
      expect(await windows()).toMatchObject([{ id: remeasured[0], rows: 500, revision: 2 }])
      expect(await t.events('monitoring.window.remeasured')).toHaveLength(1)
    })
    it('are found again by a reader with their histograms', async () => {
      const { t, evaluate, addDay } = await start()
      await addDay(1)
      const [id] = (await evaluate(day(2))).windows
      const window = await t.app.inject(`${root}/windows/${id}`)
      const { histograms } = window.json<MonitorWindow>()
      expect(Object.keys(histograms ?? {})).toEqual(['distance', 'hour'])
      expect(histograms?.['hour']?.current.reduce((sum, count) => sum + count, 0)).toBe(400)
      await expect(t.ask(readWindow, { id: 'win_none' })).rejects.toThrow('There is no window win_none.')
    })
    it('of other workspaces are not seen', async () => {
      const { t, evaluate, addDay } = await start()
      await addDay(1)
      const [id = ''] = (await evaluate(day(2))).windows
      await expect(t.ask(readWindow, { id }, { workspace: 'other' })).rejects.toMatchObject({ status: 404 })
    })
  })

  describe('drift', () => {
    it('is calm where the days are like the reference', async () => {
      const { evaluate, addDay, windows } = await start()
      await addDay(1)
      await evaluate(day(2))
      const [window] = await windows()
      expect(window?.drift.map(({ feature, drifted, enough }) => ({ feature, drifted, enough }))).toEqual([
        { feature: 'distance', drifted: false, enough: true },
        { feature: 'hour', drifted: false, enough: true },
      ])
      expect(window?.quality.filter(({ ok }) => !ok)).toEqual([])
    })
    it('names the input that moved, and the output against the first window', async () => {
      const { evaluate, addDay, windows } = await start()
      await addDay(1)
      await addDay(2, { inputs: { ...inputs, hour: '(i % 6)::float' }, score: '0.5 + u / 3' })
      await evaluate(day(3))
      const [, second] = await windows()
      expect(second?.drift.filter(({ drifted }) => drifted).map(({ feature, of }) => [feature, of])).toEqual([
        ['hour', 'input'],
        ['probability', 'output'],
      ])
      expect(second?.drift.at(-1)?.against).toBe('the first window, from 2001-05-01')
    })
    it('is not claimed over a handful of rows', async () => {
      const { log, evaluate, windows } = await start()
      await log.add({ fromMs: day(1), toMs: day(2), rows: 20, inputs: { ...inputs, hour: '3::float' } })
      await evaluate(day(2))
      expect((await windows())[0]?.drift.map(({ enough, drifted }) => [enough, drifted])).toEqual([
        [false, false],
        [false, false],
      ])
    })
    it('alerts make no incident, unless they are critical', async () => {
      const { t, evaluate, addDay } = await start()
      const rule = { monitor: 'daily', metric: 'drift.psi', feature: 'hour', above: 0.25, class: 'drift' } as const
      await t.act(putAlertRule, { name: 'hours', ...rule })
      await addDay(1, { inputs: { ...inputs, hour: '(i % 6)::float' } })
      await evaluate(day(2))
      expect((await t.ask(listAlerts, {})).items).toMatchObject([{ state: 'firing', class: 'drift', feature: 'hour' }])
      expect((await t.ask(listIncidents, {})).items).toEqual([])
      await t.act(putAlertRule, { name: 'hours-now', ...rule, severity: 'critical' })
      await addDay(2, { inputs: { ...inputs, hour: '(i % 6)::float' } })
      await evaluate(day(3))
      expect((await t.ask(listIncidents, {})).items).toMatchObject([
        { class: 'drift', severity: 'critical', state: 'open' },
      ])
    })
  })

  describe('ground truth', () => {
    it('is followed as it comes: coverage, figures, revisions', async () => {
      const { log, evaluate, addDay, windows } = await start()
      await addDay(1, { score: 'case when i % 5 = 0 then 0.6 else 0.1 end' })
      await evaluate(day(2))
      await log.label(day(1), 100, 'case when i % 5 = 0 then 1 else 0 end')
      expect((await evaluate()).remeasured).toHaveLength(1)
      expect((await windows())[0]).toMatchObject({
        labelled: 100,
        coverage: 0.25,
        revision: 2,
        performance: { n: 100 },
      })
      await log.label(day(1), 400, 'case when i % 5 = 0 then 1 else 0 end')
      await evaluate()
      const [window] = await windows()
      expect(window).toMatchObject({ labelled: 400, coverage: 1, revision: 3 })
      expect(window?.performance).toMatchObject({ n: 400, auc: 1, accuracy: 1, positiveRate: 0.2 })
      expect(window?.performance?.calibrationGap).toBeCloseTo(0, 6)
      expect(window?.performance?.logLoss).toBeCloseTo(-(0.2 * Math.log(0.6) + 0.8 * Math.log(0.9)), 6)
    })
    it('that says the same again changes nothing', async () => {
      const { log, evaluate, addDay, windows } = await start()
      await addDay(1)
      await log.label(day(1), 400, '0')
      await evaluate(day(2))
      await log.label(day(1), 400, '0')
      expect((await evaluate(day(2))).remeasured).toEqual([])
      expect((await windows())[0]?.revision).toBe(1)
    })
    it('is corrected by what comes later, and taken back by null', async () => {
      const { log, evaluate, addDay, windows } = await start()
      await addDay(1)
      await log.label(day(1), 400, '1')
      await log.label(day(1), 100, '0')
      await log.label(day(1), 40, 'null')
      await evaluate(day(2))
      expect((await windows())[0]).toMatchObject({ labelled: 360, performance: { positiveRate: 300 / 360 } })
    })
    it('beyond the horizon is let go', async () => {
      const { log, evaluate, addDay, windows } = await start({ horizonMs: 2 * dayMs })
      await addDay(1)
      await evaluate(day(2))
      await addDay(9)
      await log.label(day(1), 400, '1')
      await evaluate(day(10))
      expect((await windows()).map(({ labelled }) => labelled)).toEqual([0, 0])
    })
    it('is compared with the reference’s own share of positives', async () => {
      const { log, evaluate, addDay, windows } = await start({ labelColumn: 'late' })
      await addDay(1)
      await log.label(day(1), 400, 'i % 2')
      await evaluate(day(2))
      expect((await windows())[0]?.performance?.referencePositiveRate).toBeCloseTo(0.2, 10)
    })
  })

  describe('a feed that sends kilometres', () => {
    async function broken() {
      const started = await start()
      const { t, addDay } = started
      const quality = { monitor: 'daily', metric: 'quality', class: 'input_fault', severity: 'critical' } as const
      await t.act(putAlertRule, { name: 'inputs', ...quality })
      await addDay(1)
      await addDay(2, { inputs: { ...inputs, distance: '((100 + (i * 37) % 900) * 1.609344)::float' } })
      await addDay(3)
      return started
    }
    it('opens an input-fault incident that names the input, the factor and the unit', async () => {
      const { t, evaluate } = await broken()
      await evaluate(day(3))
      const alert = only((await t.ask(listAlerts, {})).items)
      expect(alert).toMatchObject({ class: 'input_fault', state: 'firing', feature: 'distance', windowFromMs: day(2) })
      expect(alert.sentence).toContain('distance: the median went from')
      expect(alert.sentence).toContain('Divided by 1.609344')
      expect(alert.sentence).toContain('kilometres where the reference has miles')
      const incident = only((await t.ask(listIncidents, {})).items)
      expect(incident).toMatchObject({
        title: 'Input fault at flight-delay: distance',
        class: 'input_fault',
        severity: 'critical',
        state: 'open',
        alertIds: [alert.id],
      })
      expect(incident.timeline).toMatchObject([{ kind: 'opened', ref: { kind: 'alert', id: alert.id } }])
      expect(await t.events('monitoring.alert.fired')).toMatchObject([
        {
          payload: {
            id: alert.id,
            class: 'input_fault',
            severity: 'critical',
            rule: 'inputs',
            monitor: 'daily',
            endpoint: 'flight-delay',
            windowId: alert.windowId,
            windowFromMs: day(2),
            windowToMs: day(3),
          },
        },
      ])
      expect(await t.events('monitoring.incident.opened')).toHaveLength(1)
      expect(t.edges).toContainEqual({
        from: ref('window', alert.windowId),
        type: 'raised',
        to: ref('alert', alert.id),
      })
      expect(t.edges).toContainEqual({
        from: ref('alert', alert.id),
        type: 'raised',
        to: ref('incident', incident.id),
      })
    })
    it('is over when the next day is in miles: the alert resolves, the incident waits for a person', async () => {
      const { t, evaluate } = await broken()
      await evaluate(day(4))
      expect((await t.ask(listAlerts, {})).items).toMatchObject([{ state: 'resolved', resolvedBy: null }])
      const [incident] = (await t.ask(listIncidents, {})).items
      expect(incident).toMatchObject({ state: 'mitigated' })
      const id = incident?.id ?? ''
      await expect(t.act(mitigateIncident, { id, note: 'again' })).rejects.toThrow('needs one that is open')
      const resolved = await t.act(
        resolveIncident,
        { id, note: 'The feed sends miles again.' },
        { as: aPerson('maya') },
      )
      expect(resolved).toMatchObject({ state: 'resolved' })
      expect(resolved.timeline.at(-1)).toMatchObject({
        kind: 'resolved',
        by: 'maya',
        text: 'The feed sends miles again.',
      })
      expect((await t.act(reviewIncident, { id, note: 'Check units at the door.' })).state).toBe('reviewed')
      expect(await t.events('monitoring.incident.resolved')).toHaveLength(1)
    })
  })

  describe('an over-confident model', () => {
    const rule = {
      name: 'confidence',
      monitor: 'daily',
      metric: 'performance.calibrationGap',
      above: 0.01,
      forWindows: 2,
      class: 'performance',
    } as const
    const overconfident = { rows: 4000, score: '0.30' }
    const late = 'case when i % 5 = 0 then 1 else 0 end'

    it('is pending first, and fires after two windows in a row', async () => {
      const { t, log, evaluate, addDay } = await start()
      await t.act(putAlertRule, rule)
      await addDay(1, overconfident)
      await log.label(day(1), 4000, late)
      expect((await evaluate(day(2))).alerts).toEqual([])
      expect((await t.ask(listAlerts, {})).items).toMatchObject([
        { state: 'pending', firedAtMs: null, windowFromMs: day(1) },
      ])
      expect(await t.events('monitoring.alert.fired')).toEqual([])
      await addDay(2, overconfident)
      await log.label(day(2), 4000, late)
      const { alerts } = await evaluate(day(3))
      const alert = await t.ask(readAlert, { id: alerts[0] ?? '' })
      expect(alert).toMatchObject({
        state: 'firing',
        windowFromMs: day(2),
        sinceWindowMs: day(1),
        n: 4000,
        limit: 0.01,
      })
      expect(alert.value).toBeCloseTo(0.1, 6)
      expect(alert.sentence).toContain('The model is over-confident: it predicts 0.3 where 0.2 happened')
      expect((await t.ask(readMonitor, { name: 'daily' })).state).toBe('firing')
      expect((await t.ask(listIncidents, {})).items).toMatchObject([{ class: 'performance', severity: 'warning' }])
    })
    it('waits for labels: windows without them neither fire nor end a row of bad ones', async () => {
      const { t, log, evaluate, addDay } = await start()
      await t.act(putAlertRule, rule)
      for (const number of [1, 2, 3]) await addDay(number, overconfident)
      await log.label(day(1), 4000, late)
      await evaluate(day(4))
      expect((await t.ask(listAlerts, {})).items).toMatchObject([{ state: 'pending' }])
      await log.label(day(3), 1000, late)
      await evaluate(day(4))
      expect((await t.ask(listAlerts, {})).items).toMatchObject([{ state: 'pending' }])
      await log.label(day(3), 4000, late)
      expect((await evaluate(day(4))).alerts).toHaveLength(1)
    })
    it('is not claimed from a sample whose interval holds the limit', async () => {
      const { t, log, evaluate } = await start()
      await t.act(putAlertRule, { ...rule, forWindows: 1, above: 0.08 })
      await log.add({ fromMs: day(1), toMs: day(2), rows: 400, inputs, score: '0.30' })
      await log.label(day(1), 400, late)
      await evaluate(day(2))
      expect((await t.ask(listAlerts, {})).items).toEqual([])
    })
    it('resolves by itself when a window is fine again', async () => {
      const { t, log, evaluate, addDay } = await start()
      await t.act(putAlertRule, { ...rule, forWindows: 1 })
      await addDay(1, overconfident)
      await log.label(day(1), 4000, late)
      await evaluate(day(2))
      await addDay(2, { rows: 4000, score: '0.20' })
      await log.label(day(2), 4000, late)
      await evaluate(day(3))
      expect((await t.ask(listAlerts, {})).items).toMatchObject([{ state: 'resolved' }])
      expect(await t.events('monitoring.alert.resolved')).toHaveLength(1)
    })
    it('fires anew after a person resolved it, but only by later windows', async () => {
      const { t, log, evaluate, addDay } = await start()
      await t.act(putAlertRule, { ...rule, forWindows: 1 })
      await addDay(1, overconfident)
      await log.label(day(1), 4000, late)
      const [first = ''] = (await evaluate(day(2))).alerts
      const resolved = await t.act(resolveAlert, { id: first, reason: 'known' }, { as: aPerson('maya') })
      expect(resolved).toMatchObject({ state: 'resolved', resolvedBy: 'maya' })
      await log.label(day(1), 3000, '0')
      const again = await evaluate(day(2))
      expect([again.remeasured.length, again.alerts]).toEqual([1, []])
      await addDay(2, overconfident)
      await log.label(day(2), 4000, late)
      const { alerts } = await evaluate(day(3))
      expect(alerts).toHaveLength(1)
      expect(alerts[0]).not.toBe(first)
      await expect(t.act(acknowledgeAlert, { id: first })).rejects.toThrow('is resolved; it cannot be acknowledged')
    })
    it('is acknowledged by a person, and silenced with its rule', async () => {
      const { t, log, evaluate, addDay } = await start()
      await t.act(putAlertRule, { ...rule, forWindows: 1 })
      await addDay(1, overconfident)
      await log.label(day(1), 4000, late)
      const [id = ''] = (await evaluate(day(2))).alerts
      expect(await t.act(acknowledgeAlert, { id }, { as: aPerson('maya') })).toMatchObject({
        state: 'acknowledged',
        acknowledgedBy: 'maya',
      })
      await t.act(silenceAlert, { id, forMs: 3_600_000 })
      await t.act(resolveAlert, { id })
      await addDay(2, overconfident)
      await log.label(day(2), 4000, late)
      expect((await evaluate(day(3))).alerts).toHaveLength(1)
      expect((await t.ask(listAlerts, { state: 'firing' })).items).toMatchObject([{ silenced: true, incidentId: null }])
      expect(await t.events('monitoring.alert.fired')).toHaveLength(1)
    })
    it('is forgotten with its rule', async () => {
      const { t, log, evaluate, addDay } = await start()
      await t.act(putAlertRule, { ...rule, forWindows: 1 })
      await addDay(1, overconfident)
      await log.label(day(1), 4000, late)
      await evaluate(day(2))
      await t.act(deleteAlertRule, { name: 'confidence' })
      expect((await t.ask(listAlerts, {})).items).toMatchObject([{ state: 'resolved' }])
      expect((await t.ask(listIncidents, {})).items).toMatchObject([{ state: 'mitigated' }])
    })
  })

  describe('declaring', () => {
    it('the same monitor or rule twice changes nothing', async () => {
      const { t, monitorSpec } = await start()
      const rule = { name: 'r', monitor: 'daily', metric: 'quality', class: 'input_fault' } as const
      await t.act(putAlertRule, rule)
      const before = t.auditTrail.length
      const answer = await t.app.inject({ method: 'PUT', url: `${root}/monitors/daily`, payload: monitorSpec })
      expect(answer.json()).toMatchObject({
        state: 'no_data',
        spec: { windowMs: dayMs, drift: { limits: { psi: 0.2 } } },
      })
      await t.act(putAlertRule, rule)
      expect(t.auditTrail).toHaveLength(before)
      const { spec } = answer.json<{ spec: object }>()
      const again = await t.app.inject({ method: 'PUT', url: `${root}/monitors/daily`, payload: spec })
      expect(again.json()).toMatchObject({ spec })
      expect(t.auditTrail).toHaveLength(before)
    })
    it('holds the reference, so that it cannot be deleted', async () => {
      const { t, versionId } = await start()
      const answer = await t.app.inject({ method: 'DELETE', url: `${root}/dataset-versions/${versionId}` })
      expect(answer.statusCode).toBe(409)
      expect(answer.json<{ detail: string }>().detail).toContain('monitor daily')
    })
    it.each([
      ['a column the reference lacks', { features: ['altitude'] }, 400, 'monitoring/no-such-column'],
      ['a data set that is not there', { reference: 'datasets:/none@v1' }, 404, 'datasets/version-not-found'],
      ['a window of no length', { windowMs: 0 }, 400, 'kernel/invalid-input'],
    ])('refuses %s', async (_what, wrong, status, code) => {
      const { t, monitorSpec } = await start()
      const answer = await t.app.inject({
        method: 'PUT',
        url: `${root}/monitors/other`,
        payload: { ...monitorSpec, ...wrong },
      })
      expect(answer.json()).toMatchObject({ code, status })
    })
    it('refuses rules without a limit or a monitor, and evaluations of what is not there', async () => {
      const { t } = await start()
      const rule = { name: 'r', monitor: 'daily', metric: 'drift.psi', class: 'drift' } as const
      await expect(t.act(putAlertRule, rule)).rejects.toThrow('set "above" or "below"')
      await expect(t.act(putAlertRule, { ...rule, monitor: 'none', above: 1 })).rejects.toThrow('no monitor "none"')
      const answer = await t.app.inject({ method: 'POST', url: `${root}/monitors/none/evaluation`, payload: {} })
      expect(answer.statusCode).toBe(404)
    })
    it('says which inputs there are where none fits the reference', async () => {
      const { t, addDay } = await start()
      await addDay(1, { inputs: { altitude: 'i' } })
      const payload = { untilMs: day(2) }
      const answer = await t.app.inject({ method: 'POST', url: `${root}/monitors/daily/evaluation`, payload })
      expect(answer.statusCode).toBe(422)
      expect(answer.json<{ detail: string }>().detail).toContain('altitude')
    })
    it('names a feature that the log lacks as an input fault', async () => {
      const { evaluate, addDay, windows } = await start({ features: ['distance', 'hour'] })
      await addDay(1, { inputs: { distance: inputs.distance } })
      await evaluate(day(2))
      const failed = (await windows())[0]?.quality.filter(({ ok }) => !ok)
      expect(failed).toMatchObject([{ check: 'missing_feature', feature: 'hour' }])
    })
  })

  describe('the chore', () => {
    it('evaluates when the watermark or ground truth moved, and rests otherwise', async () => {
      const { t, log, addDay, windows } = await start()
      const round = async () => {
        t.clock.advance(10_000)
        expect(await t.kernel.chores.runNow('monitoring.evaluate')).toBe(true)
        return log.reads
      }
      await addDay(1)
      await addDay(2)
      const first = await round()
      expect(await windows()).toHaveLength(1)
      expect(await round()).toBe(first)
      await log.label(day(1), 400, '1')
      t.runtime.hub.signal({
        workspace: 'default',
        name: 'model-serving.record-ground-truth',
        source: ref('endpoint', 'end_1'),
      })
      expect(await round()).toBeGreaterThan(first)
      expect(await windows()).toMatchObject([{ labelled: 400 }])
    })
  })

  describe('lineage', () => {
    it('describes monitors, windows, alerts and incidents', async () => {
      const { t, evaluate, addDay } = await start()
      await t.act(putAlertRule, { name: 'inputs', monitor: 'daily', metric: 'quality', class: 'input_fault' })
      await addDay(1, { inputs: { ...inputs, distance: 'null::float' } })
      await evaluate(day(2))
      const [alert] = (await t.ask(listAlerts, {})).items
      const monitor = await t.ask(readMonitor, { name: 'daily' })
      const scope = t.runtime.runner.readScope({ workspace: 'default', actor: aPerson('ann') })
      const describeOne = async (kind: string, id: string) =>
        (await t.runtime.nodeKinds.get(kind)?.describe(scope, [id]))?.[0]
      expect(await describeOne('monitor', monitor.id)).toMatchObject({ title: 'daily', href: '/monitors/daily' })
      expect(await describeOne('window', alert?.windowId ?? '')).toMatchObject({
        title: 'daily, 2001-05-01 00:00 to 2001-05-02 00:00',
        fact: '400 rows, 0 % with ground truth',
      })
      expect(await describeOne('alert', alert?.id ?? '')).toMatchObject({ title: 'Alert of inputs', state: 'firing' })
      expect(await describeOne('incident', alert?.incidentId ?? '')).toMatchObject({ state: 'open' })
      expect(await t.runtime.resources.get('alert')?.parent(scope, alert?.id ?? '')).toEqual(ref('monitor', 'daily'))
    })
  })
})

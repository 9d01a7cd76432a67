import '@millrace/monitoring/contract'
import { describe, expect, it } from 'vitest'
import { aPolicySpec, aRelease, aTrigger } from '../testing/a-release.ts'
import { considerTrigger } from './consider-trigger.ts'
import { nextRunMs, wasDue } from './cron.ts'
import { checkTriggers, isTriggeredBy, triggerOfEvent } from './triggers.ts'

const alert = {
  id: 'alr_7',
  monitor: 'm',
  rule: 'calibration',
  class: 'performance',
  value: 0.02511,
  limit: 0.02,
  windowFromMs: 5,
  windowToMs: 9,
}
const fired = { id: 'evt_1', name: 'monitoring.alert.fired', payload: alert, atMs: 3 }
const on = (event: string, filter = {}) => ({ triggers: [{ event, filter }] })

describe('a trigger', () => {
  it.each([
    [{}, true],
    [{ class: 'performance' }, true],
    [{ class: 'performance', monitor: 'm' }, true],
    [{ class: ['drift', 'performance'] }, true],
    [{ class: 'drift' }, false],
    [{ windowFromMs: 5 }, true],
    [{ windowFromMs: '5' }, false],
    [{ toString: 'x' }, false],
  ])('with the filter %j fits: %s', (filter, fits) => {
    expect(isTriggeredBy(on('monitoring.alert.fired', filter), fired)).toBe(fits)
    expect(isTriggeredBy(on('monitoring.alert.resolved', filter), fired)).toBe(false)
  })
  it('is checked against the events there are and their members', () => {
    checkTriggers(on('monitoring.alert.fired', { class: 'performance' }))
    expect(() => checkTriggers(on('monitoring.alert.exploded'))).toThrow(
      'No event "monitoring.alert.exploded" can start a release.',
    )
    expect(() => checkTriggers(on('delivery.release.failed'))).toThrow('can start a release')
    expect(() => checkTriggers(on('monitoring.alert.fired', { klass: 'x' }))).toThrow(
      'has no "klass" to filter by; it has id,',
    )
    expect(() => checkTriggers({ triggers: [{ cron: 'every day', timeZone: 'UTC' }] })).toThrow('cannot be read')
    expect(() => checkTriggers({ triggers: [{ cron: '0 0 * * *', timeZone: 'Mars/Olympus' }] })).toThrow('Mars/Olympus')
  })
  it('carries the event’s members, and a sentence', () => {
    expect(triggerOfEvent(fired)).toMatchObject({
      kind: 'alert',
      id: 'alr_7',
      reason: 'The alert calibration fired at m: 0.02511 against a limit of 0.02.',
      values: { windowFromMs: 5, windowToMs: 9 },
    })
    const registered = {
      id: 'evt_2',
      name: 'datasets.version.registered',
      payload: { id: 'dsv_1', dataset: 'flights', version: '2001-05' },
      atMs: 3,
    }
    expect(triggerOfEvent(registered)).toMatchObject({
      kind: 'dataset-version',
      id: 'dsv_1',
      reason: 'datasets.version.registered: dataset flights, version 2001-05.',
    })
  })
})

describe('a schedule', () => {
  const daily = { cron: '0 3 * * *', timeZone: 'UTC' }
  const day = 86_400_000
  it('is due once however long nobody looked', () => {
    expect(nextRunMs(daily, 0)).toBe(3 * 3_600_000)
    expect(wasDue(daily, 0, 3 * 3_600_000 - 1)).toBe(false)
    expect(wasDue(daily, 0, 10 * day)).toBe(true)
    expect(wasDue(daily, 10 * day, 10 * day + 1000)).toBe(false)
  })
})

describe('what a policy does about a trigger', () => {
  const spec = aPolicySpec({ cooldownMs: 100 })
  const calm = { spec, open: undefined, last: undefined, incidents: [], nowMs: 1000 }
  const fault = { id: 'inc_1', title: 'Input fault at flight-delay: distance', class: 'input_fault' }
  it('starts a release when nothing stands against it', () => {
    expect(considerTrigger(aTrigger(), calm)).toEqual({ kind: 'start' })
    expect(considerTrigger(aTrigger(), { ...calm, incidents: [{ ...fault, class: 'performance' }] })).toEqual({
      kind: 'start',
    })
    expect(considerTrigger(aTrigger(), { ...calm, last: aRelease({ endedAtMs: 900 }) })).toEqual({ kind: 'start' })
  })
  it('trains nothing while an input fault is open', () => {
    expect(considerTrigger(aTrigger(), { ...calm, incidents: [fault] })).toMatchObject({
      kind: 'suppress',
      sentence:
        'Not trained: the incident "Input fault at flight-delay: distance" (input fault) is open, so the data may be broken. Trigger: It drifted.',
    })
  })
  it('notes a trigger in the release that is open, or that ended within the cool-down', () => {
    expect(considerTrigger(aTrigger(), { ...calm, open: aRelease(), incidents: [fault] })).toMatchObject({
      kind: 'note',
    })
    expect(considerTrigger(aTrigger(), { ...calm, last: aRelease({ endedAtMs: 901 }) })).toMatchObject({
      kind: 'note',
      sentence: 'Triggered again within the cool-down, which ends at 1970-01-01T00:00:01.001Z: It drifted.',
    })
  })
})

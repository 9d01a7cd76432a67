import { describe, expect, it } from 'vitest'
import { cacheIdentity, missReason } from './cache.ts'
import { eventSubject } from './event-subject.ts'
import { GraphStep } from './graph-schema.ts'
import { completeParameters } from './parameters.ts'
import { runStateOf } from './records.ts'
import { retryPauseMs } from './retry.ts'
import { fillParameters, matchesFilter } from './triggers.ts'

describe('parameters', () => {
  const declared = { month: { type: 'text', default: '2001-02' }, folds: { type: 'integer', min: 2 } } as const

  it('are completed by defaults', () => {
    expect(completeParameters(declared, { folds: 5 })).toEqual({ month: '2001-02', folds: 5 })
  })

  it('are refused with every fault named', () => {
    expect(() => completeParameters(declared, { month: 3, depth: 1 })).toThrow(
      'The parameters do not fit the pipeline: there is no parameter "depth"; "month" should be a text, not 3; "folds" is missing.',
    )
    expect(() => completeParameters(declared, { folds: 1 })).toThrow('"folds" should be at least 2')
  })
})

describe('retries', () => {
  it('wait longer each time, up to the longest pause, and end', () => {
    const retries = { limit: 4, backOffMs: 100, factor: 3, maximumMs: 1000 }
    expect([1, 2, 3, 4, 5].map((failed) => retryPauseMs(retries, failed))).toEqual([100, 300, 900, 1000, undefined])
  })
})

describe('a run', () => {
  it('fails by any step that failed, not by its leaves alone', () => {
    expect(runStateOf(['succeeded', 'cached'], false)).toBe('succeeded')
    expect(runStateOf(['succeeded', 'failed', 'upstream_failed'], false)).toBe('failed')
    expect(runStateOf(['succeeded', 'cancelled'], true)).toBe('cancelled')
    expect(runStateOf(['failed', 'cancelled'], true)).toBe('failed')
  })
})

describe('a cached result', () => {
  const step = GraphStep.parse({ name: 's', uses: 's', outputs: { loss: { type: 'number' } } })
  const identity = (code: string, month: string) =>
    cacheIdentity(step, code, {
      month: { value: month },
      table: { file: { digest: 'sha256:1', sizeBytes: 1, name: 'a' } },
    })

  it('stands for content, whatever a file was called', () => {
    expect(identity('c', 'm').inputs).toEqual({ month: 'm', table: { file: 'sha256:1' } })
  })

  it('says what changed since', () => {
    expect(missReason(identity('c', 'm'), undefined)).toBe('It runs for the first time.')
    expect(missReason(identity('c2', 'n'), identity('c', 'm'))).toBe(
      'Since its last run the code, the input "month" changed.',
    )
  })
})

describe('a trigger', () => {
  const payload = { id: 'alr_1', class: 'performance', at: { fromMs: 5 } }

  it('is met when every member it names is equal', () => {
    expect(matchesFilter({}, payload)).toBe(true)
    expect(matchesFilter({ class: 'performance', 'at.fromMs': 5 }, payload)).toBe(true)
    expect(matchesFilter({ class: 'drift' }, payload)).toBe(false)
    expect(matchesFilter({ none: null }, payload)).toBe(false)
  })

  it('hands members of the event on, with their type where they stand alone', () => {
    const parameters = { fromMs: '{{event.at.fromMs}}', why: 'alert {{event.id}}', fixed: 3 }
    expect(fillParameters({ event: 'e', parameters }, payload)).toEqual({ fromMs: 5, why: 'alert alr_1', fixed: 3 })
  })

  it('names what its event is about', () => {
    expect(eventSubject({ name: 'monitoring.alert.fired', id: 'evt_1', payload })).toEqual({
      kind: 'alert',
      id: 'alr_1',
    })
    expect(eventSubject({ name: 'datasets.version.registered', id: 'evt_1', payload: { id: 'dsv_1' } }).kind).toBe(
      'dataset-version',
    )
    expect(eventSubject({ name: 'x.y.z', id: 'evt_1', payload: {} })).toEqual({ kind: 'event', id: 'evt_1' })
  })
})

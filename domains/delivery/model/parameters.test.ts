import { describe, expect, it } from 'vitest'
import { aTrigger } from '../testing/a-release.ts'
import { fillParameters } from './parameters.ts'

const trigger = aTrigger({ values: { windowFromMs: 100, windowToMs: 200, labels: { a: [1] } } })

describe('parameters', () => {
  it.each([
    ['{{trigger.windowFromMs}}', 100],
    ['{{ trigger.windowToMs }}', 200],
    ['from {{trigger.windowFromMs}} to {{trigger.windowToMs}}', 'from 100 to 200'],
    ['{{trigger.id}}', 'alr_1'],
    ['{{trigger.labels.a}}', [1]],
    [{ deep: ['{{trigger.windowFromMs}}', 7, null, true] }, { deep: [100, 7, null, true] }],
    ['{{other.thing}}', '{{other.thing}}'],
  ])('fills %j', (value, filled) => {
    expect(fillParameters({ x: value }, trigger)).toEqual({ filled: { x: filled }, missing: undefined })
  })
  it('names what the trigger does not have', () => {
    expect(fillParameters({ x: 'from {{trigger.nothing}}' }, trigger).missing).toEqual({
      parameter: 'x',
      wanted: 'nothing',
    })
    expect(fillParameters({ x: '{{trigger.constructor}}' }, trigger).missing).toEqual({
      parameter: 'x',
      wanted: 'constructor',
    })
  })
})

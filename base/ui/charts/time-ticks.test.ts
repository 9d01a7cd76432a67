import { describe, expect, it } from 'vitest'
import { timeTicks, writeTimes } from './time-ticks.ts'

describe('ticks of time', () => {
  it('stand at whole days over weeks', () => {
    const ticks = timeTicks(Date.UTC(2001, 4, 1, 5), Date.UTC(2001, 4, 15), 5, 'UTC')
    expect(writeTimes(ticks, 'UTC')).toEqual(['3 May', '6 May', '9 May', '12 May', '15 May'])
  })
  it('stand at round clock times within an hour', () => {
    const ticks = timeTicks(Date.UTC(2001, 4, 1, 14, 4), Date.UTC(2001, 4, 1, 15, 4), 3, 'UTC')
    expect(writeTimes(ticks, 'UTC')).toEqual(['14:20', '14:40', '15:00'])
  })
})

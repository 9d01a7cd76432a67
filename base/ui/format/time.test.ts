import { describe, expect, it } from 'vitest'
import { ago, clock, day, dayRange, duration, fullTime } from './time.ts'

const now = Date.UTC(2026, 11, 4, 15, 4, 0)
const minutes = (n: number) => n * 60_000

describe('how long ago', () => {
  it.each([
    [2_000, 'now'],
    [40_000, '40 s'],
    [minutes(12), '12 min'],
    [minutes(5 * 60 + 59), '5 h'],
    [minutes(23 * 60 + 59), '23 h'],
    [minutes(48 * 60), '2 Dec'],
  ])('%d ms ago reads %s', (passed, text) => expect(ago(now - passed, now, 'UTC')).toBe(text))
  it('adds the year to a day of another year', () => {
    expect(ago(Date.UTC(2001, 4, 10), now, 'UTC')).toBe('10 May 2001')
  })
})

describe('lengths of time', () => {
  it.each([
    [0.031, '31 µs'],
    [6.1, '6.1 ms'],
    [4_200, '4.2 s'],
    [48_000, '48 s'],
    [minutes(38), '38 min'],
    [minutes(72), '1 h 12'],
    [minutes(60 * 31), '1 d 7 h'],
    [minutes(120), '2 h'],
    [0, '0 ms'],
  ])('%d ms reads %s', (length, text) => expect(duration(length)).toBe(text))
})

describe('days', () => {
  it('writes a range in its shortest form', () => {
    expect(dayRange(Date.UTC(2026, 11, 2), Date.UTC(2026, 11, 4), 'UTC')).toBe('2 – 4 Dec')
    expect(dayRange(Date.UTC(2026, 10, 28), Date.UTC(2026, 11, 4), 'UTC')).toBe('28 Nov – 4 Dec')
    expect(dayRange(now, now, 'UTC')).toBe('4 Dec')
  })
  it('keeps the full time for a tooltip', () => {
    expect(fullTime(now, 'UTC')).toMatch(/4 December 2026 (at )?15:04:00 UTC/)
    expect(clock(now, 'UTC')).toBe('15:04')
    expect(day(now, now, 'UTC')).toBe('4 Dec')
  })
})

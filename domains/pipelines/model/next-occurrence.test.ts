import { describe, expect, it } from 'vitest'
import { latestOccurrenceMs, nextOccurrenceMs } from './next-occurrence.ts'

const at = (text: string) => Date.parse(text)
const shown = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

describe('a cron expression', () => {
  it.each([
    ['0 3 * * *', 'UTC', '2026-01-01T03:00:00Z', '2026-01-02T03:00:00.000Z'],
    ['0 3 * * *', 'Europe/Berlin', '2026-01-01T00:00:00Z', '2026-01-01T02:00:00.000Z'],
    ['0 3 * * *', 'Europe/Berlin', '2026-07-01T00:00:00Z', '2026-07-01T01:00:00.000Z'],
    ['*/15 * * * *', 'UTC', '2026-01-01T00:00:01Z', '2026-01-01T00:15:00.000Z'],
    ['0 9 * * 1', 'UTC', '2026-01-01T00:00:00Z', '2026-01-05T09:00:00.000Z'],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('%s in %s after %s is due at %s', (cron, zone, after, expected) => {
    expect(shown(nextOccurrenceMs(cron, zone, at(after)))).toBe(expected)
  })

  it('is due once when the clocks repeat its hour', () => {
    const first = nextOccurrenceMs('30 2 * * *', 'Europe/Berlin', at('2026-10-24T12:00:00Z')) ?? 0
    const second = nextOccurrenceMs('30 2 * * *', 'Europe/Berlin', first) ?? 0
    expect(second - first).toBeGreaterThan(23 * 3_600_000)
  })

  it('is due on the day on which the clocks skip its hour', () => {
    const due = nextOccurrenceMs('30 2 * * *', 'Europe/Berlin', at('2026-03-28T12:00:00Z')) ?? 0
    expect(shown(due)).toMatch(/^2026-03-29T01/)
  })

  it('has a latest time between two', () => {
    const latest = latestOccurrenceMs('0 * * * *', 'UTC', at('2026-01-01T00:30:00Z'), at('2026-01-01T05:10:00Z'))
    expect(shown(latest)).toBe('2026-01-01T05:00:00.000Z')
    expect(latestOccurrenceMs('0 * * * *', 'UTC', at('2026-01-01T05:00:00Z'), at('2026-01-01T05:10:00Z'))).toBeNull()
    expect(latestOccurrenceMs('0 * * * *', 'UTC', at('2026-01-01T04:59:59Z'), at('2026-01-01T05:00:00Z'))).toBe(
      at('2026-01-01T05:00:00Z'),
    )
  })

  it.each([
    ['61 * * * *', 'UTC'],
    ['every day', 'UTC'],
    ['0 3 * * *', 'Europe/Nowhere'],
  ])('%s in %s is refused with a sentence', (cron, zone) => {
    expect(() => nextOccurrenceMs(cron, zone, 0)).toThrow('The schedule cannot be read')
  })
})

import type { Token } from './tokens.ts'
import type { QueryValue } from './tree.ts'
import { QueryError } from './tree.ts'

const numberForm = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/
const durationForm = /^([-+]?\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/
const timeForm = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:?\d\d)?)?$/

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** The value a word or a quoted text stands for. Throws `QueryError` for a date that is none. */
export function valueOf({ kind, text, at }: Token): QueryValue {
  if (kind === 'text') return { kind: 'text', text, quoted: true, at }
  if (numberForm.test(text)) return { kind: 'number', value: Number(text), text, at }
  const ms = durationMs(text)
  if (ms !== undefined) return { kind: 'duration', ms, text, at }
  if (timeForm.test(text)) return { kind: 'time', atMs: timeMs(text, { kind, text, at }), text, at }
  return { kind: 'text', text, quoted: false, at }
}

/** `-7d` in milliseconds; undefined for what is no duration. */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = durationForm.exec(text) ?? []
  return count === undefined || unit === undefined ? undefined : Number(count) * (unitMs[unit] ?? 0)
}

/** A date, or a date and time, as epoch milliseconds; UTC without a zone. Undefined for what is none. */
export function timeOfText(text: string): number | undefined {
  if (!timeForm.test(text)) return undefined
  const hasZone = /(?:Z|[-+]\d\d:?\d\d)$/.test(text.slice(10))
  const ms = Date.parse(text.length === 10 || hasZone ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`)
  return Number.isNaN(ms) ? undefined : ms
}

function timeMs(text: string, { at }: Pick<Token, 'kind' | 'text' | 'at'>): number {
  const ms = timeOfText(text)
  if (ms === undefined) throw new QueryError(`"${text}" is no date.`, at)
  return ms
}

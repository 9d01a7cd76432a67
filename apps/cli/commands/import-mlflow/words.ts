import type { SourceLoggedModel, SourceRun, SourceTrace } from './source.ts'

type Status = SourceRun['status']

const statuses: Readonly<Record<string, Status>> = {
  RUNNING: 'running',
  SCHEDULED: 'scheduled',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'killed',
  '1': 'running',
  '2': 'scheduled',
  '3': 'finished',
  '4': 'failed',
  '5': 'killed',
}

/** A run's status by MLflow's name or number. */
export function statusOf(word: unknown): Status {
  return statuses[String(word)] ?? 'running'
}

/** A logged model's status by MLflow's name or number. */
export function modelStatusOf(word: unknown): SourceLoggedModel['status'] {
  const text = String(word)
  if (text === '2' || text.endsWith('READY')) return 'ready'
  return text === '3' || text.endsWith('FAILED') ? 'failed' : 'pending'
}

/** A trace's state by MLflow's name, with or without its prefix. */
export function stateOf(word: unknown): SourceTrace['state'] {
  const text = String(word).replace('TRACE_STATUS_', '').toLowerCase()
  return text === 'ok' || text === 'error' || text === 'in_progress' ? text : 'unspecified'
}

/** Epoch milliseconds of a number, of digits, or of a date in text; null where there is none. */
export function timeOf(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null
  const number = typeof value === 'string' && !/^-?\d+(\.\d+)?$/.test(value) ? Date.parse(value) : Number(value)
  return Number.isFinite(number) ? Math.trunc(number) : null
}

/** A value as JSON carries it: MLflow writes NaN and infinities in several ways. */
export function valueOf(value: unknown): number | string {
  const number = typeof value === 'number' ? value : numberOf(String(value))
  if (Number.isFinite(number)) return number
  return Number.isNaN(number) ? 'NaN' : number > 0 ? 'Infinity' : '-Infinity'
}

function numberOf(text: string): number {
  const word = text.trim().toLowerCase()
  const infinite = /^([+-]?)inf(inity)?$/.exec(word)
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return Number(word)
}

/** A whole number, as its digits where it is beyond 2^53. */
export function wholeOf(value: unknown): number | string {
  if (typeof value === 'number') return value
  const text = String(value)
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

/** A text; empty for null and undefined. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

/** A text, or null for null, undefined and the empty text. */
export function textOrNull(value: unknown): string | null {
  const text = textOf(value)
  return text === '' ? null : text
}

/** The first text that is not empty: older schemas say some things as a tag alone. */
export function firstText(...values: readonly unknown[]): string {
  return values.map(textOf).find((text) => text !== '') ?? ''
}

/** When a deleted run was deleted, as well as it is known: older stores do not say it. Null for one that is not. */
export function deletionOf(stage: unknown, ...times: readonly unknown[]): number | null {
  if (stage !== 'deleted') return null
  return times.map(timeOf).find((time) => time !== null) ?? 0
}

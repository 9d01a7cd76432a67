import type { SeriesPoint } from './summary.ts'
import { wideText } from './wide.ts'

/**
 * The latest metrics of a run as JSON text: the members of MLflow's list `metrics`, without its brackets, by key. Members
 * are separated by a comma and a line break, which JSON never has inside a text, so that they can be told apart again.
 */
const separator = ',\n'

/** The text after some keys' latest points changed; a key without one is taken out. */
export function changeLatest(text: string, changes: ReadonlyMap<string, SeriesPoint | undefined>): string {
  const members = new Map(text === '' ? [] : text.split(separator).map((member) => [keyOf(member), member]))
  let isNew = false
  for (const [key, point] of changes) {
    if (point === undefined) members.delete(key)
    else {
      isNew ||= !members.has(key)
      members.set(key, memberOf(key, point))
    }
  }
  if (!isNew) return [...members.values()].join(separator)
  const sorted = [...members].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([, member]) => member).join(separator)
}

function memberOf(key: string, point: SeriesPoint): string {
  const { step, at, value } = point
  return `{"key":${JSON.stringify(key)},"value":${valueText(value)},"timestamp":${wideText(at.high, at.low)},"step":${wideText(step.high, step.low)}}`
}

/** A value as MLflow's JSON has it: NaN and infinities as text. */
export function valueText(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`
}

function keyOf(member: string): string {
  const quoted = member.slice('{"key":'.length, member.indexOf('","value":') + 1)
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  const key: unknown = JSON.parse(quoted)
  return String(key)
}

import type { PipelineTrigger } from './graph.ts'
import type { Json } from './values.ts'

/** True when every member that the filter names (a dotted path) is equal in the payload. */
export function matchesFilter(filter: Readonly<Record<string, Json>>, payload: unknown): boolean {
  return Object.entries(filter).every(
    ([path, wanted]) => JSON.stringify(memberAt(payload, path)) === JSON.stringify(wanted),
  )
}

/** The parameters that an event gives: `{{event.dataset}}` alone keeps its type, within a text it is written in. */
export function fillParameters(trigger: PipelineTrigger, payload: unknown): Record<string, Json> {
  const filled = Object.entries(trigger.parameters ?? {}).map(([name, value]) => [name, fill(value, payload)] as const)
  return Object.fromEntries(filled)
}

function fill(value: Json, payload: unknown): Json {
  if (typeof value !== 'string') return value
  const whole = /^\{\{event\.([\w.-]+)\}\}$/.exec(value)
  if (whole !== null) return (memberAt(payload, whole[1] ?? '') ?? null) as Json // payloads are JSON
  return value.replaceAll(/\{\{event\.([\w.-]+)\}\}/g, (_found, path: string) => shown(memberAt(payload, path)))
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function memberAt(payload: unknown, path: string): unknown {
  let current = payload
  for (const name of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined
    current = Reflect.get(current, name)
  }
  return current
}

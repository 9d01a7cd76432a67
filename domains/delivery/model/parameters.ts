import type { ReleaseTrigger } from '../contract.ts'

type Json = ReleaseTrigger['values'][string]

/** A parameter that asks for what its trigger does not have. */
export interface MissingValue {
  readonly parameter: string
  readonly wanted: string
}

const whole = /^\{\{\s*trigger\.([\w.-]+)\s*\}\}$/
const within = /\{\{\s*trigger\.([\w.-]+)\s*\}\}/g

/**
 * Fills `{{trigger.…}}` in parameters, at any depth. Alone in a text it keeps its type; within a text it is written in.
 * `missing` names the first parameter whose value the trigger does not have.
 */
export function fillParameters(
  parameters: Readonly<Record<string, Json>>,
  trigger: ReleaseTrigger,
): { readonly filled: Record<string, Json>; readonly missing: MissingValue | undefined } {
  const { id, kind, atMs, reason, event } = trigger
  const values: Readonly<Record<string, Json>> = { ...trigger.values, id, kind, atMs, reason, event }
  let missing: MissingValue | undefined
  const valueOf = (path: string, parameter: string): Json => {
    const found = memberAt(values, path)
    if (found === undefined) missing ??= { parameter, wanted: path }
    return found ?? null
  }
  const fill = (value: Json, parameter: string): Json => {
    if (Array.isArray(value)) return value.map((item) => fill(item, parameter))
    if (typeof value === 'object' && value !== null) return fillMembers(value, (item) => fill(item, parameter))
    if (typeof value !== 'string') return value
    const alone = whole.exec(value)?.[1]
    if (alone !== undefined) return valueOf(alone, parameter)
    return value.replaceAll(within, (_match, path: string) => inText(valueOf(path, parameter)))
  }
  const filled = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, fill(value, name)]))
  return { filled, missing }
}

function fillMembers(value: Readonly<Record<string, Json>>, fill: (item: Json) => Json): Record<string, Json> {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item)]))
}

function inText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function memberAt(values: Json, path: string): Json | undefined {
  let current: Json | undefined = values
  for (const name of path.split('.')) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return undefined
    current = Object.hasOwn(current, name) ? current[name] : undefined
  }
  return current
}

import type { Endpoint } from '@millrace/contract'
import { z } from 'zod'

type Schema = Readonly<Record<string, unknown>>

/** Texts of the forms that names, ids, digests, references and times have; the first that a schema takes is used. */
const texts = [
  'nothing-there',
  'ab',
  'a1',
  '1',
  'a'.repeat(32),
  'a'.repeat(64),
  `sha256:${'a'.repeat(64)}`,
  'nothing there, but long enough',
  'default',
  'read',
  '0 3 * * *',
  'UTC',
  'models:/nothing-there/1',
  'datasets:/nothing-there@1',
  'http://127.0.0.1:9/x',
  'a@example.com',
  '/nothing/there',
  '2026-01-01',
  '2026-01-01T00:00:00Z',
]

/** An input that an endpoint's schema takes, with what it requires and nothing else; undefined where none is found. */
export function exampleOf(endpoint: Endpoint): Record<string, unknown> | undefined {
  const schema = z.toJSONSchema(endpoint.input, { io: 'input', unrepresentable: 'any' }) as Schema
  for (const text of texts) {
    const made = valueOf(schema, text)
    if (typeof made === 'object' && made !== null && endpoint.input.safeParse(made).success) {
      return made as Record<string, unknown>
    }
  }
  return undefined
}

function valueOf(schema: Schema, text: string): unknown {
  if ('const' in schema) return schema['const']
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  for (const many of ['anyOf', 'oneOf'] as const) {
    const found = schema[many]
    if (Array.isArray(found)) return valueOf(found[0] as Schema, text)
  }
  const all = schema['allOf']
  if (Array.isArray(all)) return Object.assign({}, ...all.map((part) => valueOf(part as Schema, text)))
  return byType(schema, text)
}

function byType(schema: Schema, text: string): unknown {
  const { type, items, minItems, minimum } = schema
  if (type === 'object') return objectOf(schema, text)
  if (type === 'array')
    return Array.from({ length: Number(minItems ?? 0) }, () => valueOf((items ?? {}) as Schema, text))
  if (type === 'number' || type === 'integer') return Math.max(Number(minimum ?? 1), 1)
  if (type === 'boolean') return false
  if (type === 'null') return null
  return type === 'string' ? textFor(schema, text) : {}
}

/** The text itself where the pattern takes it, else the first of ours that it takes. */
function textFor({ pattern, minLength, maxLength }: Schema, text: string): string {
  const fits = (one: string) =>
    one.length >= Number(minLength ?? 0) &&
    one.length <= Number(maxLength ?? Infinity) &&
    (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(one))
  return fits(text) ? text : (texts.find(fits) ?? text)
}

function objectOf({ properties, required }: Schema, text: string): Record<string, unknown> {
  const members = (properties ?? {}) as Readonly<Record<string, Schema>>
  const names = Array.isArray(required) ? (required as string[]) : []
  return Object.fromEntries(names.map((name) => [name, valueOf(members[name] ?? {}, text)]))
}

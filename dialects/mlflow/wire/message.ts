import { z } from 'zod'
import { writeJson } from './json.ts'
import { invalid } from './mlflow-error.ts'

/** A request's fields, from its query or its JSON body; unknown ones are nobody's concern. */
export type Message = Readonly<Record<string, unknown>>

const see = 'See the API docs for more information about request parameters.'

// The client writes integers as numbers or as decimal text, and NaN and infinities as text.
const Integer = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,16}$/)
    .transform(Number),
])
const Int64 = z
  .union([z.int(), z.bigint(), z.string().regex(/^-?\d{1,19}$/)])
  .transform((value) => (typeof value === 'number' ? value : narrow(BigInt(value))))
  .refine((value) => typeof value === 'number' || BigInt.asIntN(64, value) === value)
const Bool = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)$/i)
    .transform((text) => text.toLowerCase() === 'true'),
])
const Float = z.union([
  z.number(),
  z.enum(['NaN', 'Infinity', '-Infinity']),
  z
    .string()
    .regex(/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/)
    .transform(Number),
])
const KeyValue = z.object({ key: z.string(), value: z.string().default('') })

/** A required text. Throws MLflow's own sentence when it is missing or empty. */
export function text(message: Message, name: string): string {
  const value = optionalText(message, name)
  if (value === undefined || value === '') throw missing(name)
  return value
}

/** A text that may be absent. */
export function optionalText(message: Message, name: string): string | undefined {
  return read(message, name, z.string())
}

export function integer(message: Message, name: string): number {
  const value = optionalInteger(message, name)
  if (value === undefined) throw missing(name)
  return value
}

export function optionalInteger(message: Message, name: string): number | undefined {
  return read(message, name, Integer)
}

/** A whole number of 64 bits that may be absent: a `bigint` only where a number would lose digits. */
export function optionalInt64(message: Message, name: string): number | bigint | undefined {
  return read(message, name, Int64)
}

/** Yes or no, that may be absent; in a query it is a text, as Python or JSON write it. */
export function flag(message: Message, name: string): boolean | undefined {
  const value = message[name]
  if (typeof value === 'string' && !/^(true|false)$/i.test(value))
    throw invalid(`Invalid boolean value: ${value.slice(0, 100)}, must be 'true' or 'false'.`)
  return read(message, name, Bool)
}

/** A metric's value: a number, or the text that stands for what JSON has no number for. */
export function float(message: Message, name: string): z.output<typeof Float> {
  const value = read(message, name, Float)
  if (value === undefined) throw missing(name)
  return value
}

/** A list of texts; in a query one is not yet a list. */
export function texts(message: Message, name: string): string[] {
  return read(message, name, z.union([z.array(z.string()), z.string().transform((one) => [one])])) ?? []
}

/** A list of `{key, value}` (or `{name, value}`) as an object; a later one wins. */
export function pairs(message: Message, name: string): Record<string, string> {
  const list = read(message, name, z.array(KeyValue)) ?? []
  return Object.fromEntries(list.map(({ key, value }) => [key, value]))
}

/** A list of messages. */
export function messages(message: Message, name: string): Message[] {
  return read(message, name, z.array(z.record(z.string(), z.unknown()))) ?? []
}

/** One message inside another. */
export function inner(message: Message, name: string): Message {
  return read(message, name, z.record(z.string(), z.unknown())) ?? {}
}

/** The run that a request names: `run_id`, or `run_uuid` as old clients say. */
export function runId(message: Message): string {
  const id = optionalText(message, 'run_id') ?? ''
  return id === '' && message['run_uuid'] !== undefined ? text(message, 'run_uuid') : text(message, 'run_id')
}

function read<T>(message: Message, name: string, schema: z.ZodType<T>): T | undefined {
  const value = message[name] ?? message[camelCase(name)]
  if (value === undefined || value === null) return undefined
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw wrong(name, value)
}

/** MLflow's sentence for a value of the wrong type. */
export function wrong(name: string, value: unknown): Error {
  return invalid(
    `Invalid value ${writeJson(value)?.slice(0, 300)} for parameter '${name}' supplied:  Hint: Value was of type '${typeName(value)}'. ${see}`,
  )
}

/** `run_id` as `runId`, which protocol buffers take for the same field. */
function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())
}

function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** MLflow's sentence for a field that must be there. */
export function missing(name: string): Error {
  return invalid(`Missing value for required parameter '${name}'. ${see}`)
}

/** As Python calls it, which is what MLflow's users read. */
function typeName(value: unknown): string {
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return Array.isArray(value) ? 'list' : 'dict'
}

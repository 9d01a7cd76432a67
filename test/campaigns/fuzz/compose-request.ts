import { gzipSync } from 'node:zlib'
import type { Random } from './nasty-values.ts'
import { nastyJson, nastyText, pick } from './nasty-values.ts'
import type { Schema, Target } from './targets.ts'

/** A request that a client may send, as bytes. */
export interface FuzzRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Names and ids of things that are there, so that requests get past the first look-up. */
export type Known = Readonly<Record<string, string>>

/** Makes a request for an address that is wrong in one to three places. */
export function composeRequest(target: Target, known: Known, random: Random): FuzzRequest {
  const wrong = 0.02 + random() * 0.2
  const path = target.path.replaceAll(/(\w[\w-]*)\/\{(\w+)\}/g, (_all, kind: string, name: string) => {
    // `datasets/{name}` is another name than `models/{name}`.
    const plausible = encodeURIComponent(known[`${kind}/${name}`] ?? known[name] ?? 'nothing-there')
    return `${kind}/${random() < wrong ? nastySegment(random) : plausible}`
  })
  const query = target.query
    .filter(() => random() < 0.6)
    .map(
      (name) =>
        `${name}=${encodeURIComponent(random() < wrong ? nastyText(random).slice(0, 4000) : plausibleText(name, known, random))}`,
    )
  const whole = query.length === 0 ? path : `${path}?${query.join('&')}`
  const { body, headers } = bodyOf(target, known, random, wrong)
  return { method: target.method, path: whole.slice(0, 12_000), headers: { ...oddHeaders(random), ...headers }, body }
}

function nastySegment(random: Random): string {
  if (random() < 0.7) return encodeURIComponent(nastyText(random).slice(0, 2000))
  return pick(random, [
    '%00',
    '%ff',
    '%c0%ae%c0%ae%c0%af',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '..;/',
    '%zz',
    '%',
    '%25%30%30',
    '//',
    '*',
    '~root',
    '%5c..%5c',
  ])
}

function plausibleText(name: string, known: Known, random: Random): string {
  return known[name] ?? pick(random, ['1', '10', '0', 'a', 'loss', 'metrics.loss > 0', 'true', 'all'])
}

function bodyOf({ bodyType, body }: Target, known: Known, random: Random, wrong: number) {
  if (bodyType === undefined) return { body: Buffer.alloc(0), headers: {} }
  const text = bodyType === 'application/json' ? jsonOf(body ?? {}, known, random, wrong) : nastyText(random)
  const damaged = damage(Buffer.from(text), random)
  const type = random() < 0.06 ? oddType(random) : bodyType
  return packed(damaged, type, random)
}

function oddType(random: Random): string {
  return pick(random, [
    'text/plain',
    'multipart/form-data',
    'application/json; charset=utf-16',
    'application/json;;;=',
    'text/xml',
    'application/x-www-form-urlencoded',
    'application/x-protobuf',
    '*/*',
    'x',
  ])
}

function damage(body: Buffer, random: Random): Buffer {
  const at = random()
  if (at < 0.85) return body
  if (at < 0.9) return body.subarray(0, Math.floor(random() * body.length))
  if (at < 0.93) return Buffer.concat([body, Buffer.from([0xff, 0xfe, 0xc0, 0x80])])
  if (at < 0.95) return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])
  if (at < 0.97) return Buffer.from(body.toString(), 'utf16le')
  return Buffer.from(Array.from({ length: 40 }, () => Math.floor(random() * 256)))
}

const bomb = gzipSync(Buffer.alloc(100 << 20))

function packed(body: Buffer, type: string, random: Random) {
  const headers = { 'content-type': type }
  const at = random()
  if (at < 0.94) return { body, headers }
  if (at < 0.96) return { body: gzipSync(body), headers: { ...headers, 'content-encoding': 'gzip' } }
  if (at < 0.975) return { body: bomb, headers: { ...headers, 'content-encoding': 'gzip' } }
  return {
    body,
    headers: { ...headers, 'content-encoding': pick(random, ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'x', '']) },
  }
}

/** JSON's text by a schema, with members left out and some that do not fit. */
function jsonOf(schema: Schema, known: Known, random: Random, wrong: number): string {
  if (random() < 0.04) return nastyJson(random)
  const members = Object.entries(schema.properties ?? {})
    .filter(() => random() < 0.92)
    .map(([name, of]) => `${JSON.stringify(name)}:${valueOf(of, name, { known, random, wrong }, 0)}`)
  return `{${members.join()}}`
}

interface Choice {
  readonly known: Known
  readonly random: Random
  readonly wrong: number
}

function valueOf(schema: Schema, name: string, choice: Choice, depth: number): string {
  const { random, wrong } = choice
  if (random() < wrong * (depth === 0 ? 0.5 : 0.2)) return nastyJson(random)
  if (schema.enum !== undefined) return JSON.stringify(schema.enum[Math.floor(random() * schema.enum.length)] ?? null)
  const any = schema.anyOf?.[Math.floor(random() * schema.anyOf.length)]
  if (any !== undefined) return valueOf(any, name, choice, depth + 1)
  return plainValue(schema, name, choice, depth)
}

function plainValue(schema: Schema, name: string, choice: Choice, depth: number): string {
  const { known, random } = choice
  switch ([schema.type].flat()[0]) {
    case 'integer':
    case 'number':
      return pick(random, ['0', '1', '5', '1760000000000', '0.5'])
    case 'boolean':
      return pick(random, ['true', 'false'])
    case 'array':
      if (depth > 3) return '[]'
      return `[${Array.from({ length: Math.floor(random() * 3) }, () => valueOf(schema.items ?? {}, singular(name), choice, depth + 1)).join()}]`
    case 'object':
      if (depth > 3) return '{}'
      return `{${Object.entries(schema.properties ?? { a: { type: 'string' } })
        .map(([key, of]) => `${JSON.stringify(key)}:${valueOf(of, key, choice, depth + 1)}`)
        .join()}}`
    default:
      return JSON.stringify(plausibleText(name, known, random))
  }
}

const singular = (name: string) => name.replace(/s$/, '')

const headerNames = [
  'x-request-id',
  'traceparent',
  'idempotency-key',
  'x-mlflow-workspace',
  'authorization',
  'range',
  'if-none-match',
  'accept',
  'accept-encoding',
  'x-forwarded-for',
  'x-forwarded-host',
  'origin',
  'cookie',
  'content-disposition',
  'user-agent',
] as const

/** Headers that a client may send, with values that are allowed on the wire and make no sense. */
function oddHeaders(random: Random): Record<string, string> {
  if (random() < 0.8) return {}
  const value = pick(random, [
    '',
    '{"level":60}',
    'a'.repeat(4000),
    'bytes=-1',
    'bytes=0-,5-1',
    'bytes=99999999999999999999-',
    'Basic !!!',
    'Bearer ',
    'Bearer mlr_x',
    'Basic YTpi',
    '00-zz-zz-00',
    'default',
    '../x',
    'null',
    '*',
    '"\\"',
    'é',
  ])
  return { [pick(random, headerNames)]: value }
}

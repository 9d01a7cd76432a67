import { parseJson } from '@millrace/kernel'
import type { Attributes, AttributeValue, Span } from '@millrace/traces/contract'
import { z } from 'zod'
import type { DecodedBatch } from './decoded-batch.ts'
import { bad, Bounds, clean, emptyBatch, keep, parentOf, statusOf } from './decoded-batch.ts'

/** Decodes an ExportTraceServiceRequest in OTLP's JSON form: hexadecimal ids, camelCase, 64-bit integers as text. Throws `otlp/bad-payload`. */
export function decodeJson(body: Buffer): DecodedBatch {
  const batch = emptyBatch()
  const bounds = new Bounds()
  const request = objectOf(read(body.toString('utf8')))
  for (const resourceSpans of listOf(request, 'resourceSpans')) {
    batch.hasResources = true
    const resource = attributesOf(objectOf(member(resourceSpans, 'resource')), bounds)
    for (const scopeSpans of listOf(resourceSpans, 'scopeSpans')) {
      const { name, version } = objectOf(member(scopeSpans, 'scope'))
      const scope = { name: textOf(name), version: textOf(version) }
      for (const span of listOf(scopeSpans, 'spans')) {
        bounds.count()
        keep(batch, { ...readSpan(span, bounds), resource, ...(scope.name === '' ? {} : { scope }) })
      }
    }
  }
  return batch
}

type Members = Readonly<Record<string, unknown>>

function read(text: string): unknown {
  try {
    return parseJson(text.replaceAll('\\u0000', '\\ufffd'))
  } catch {
    throw bad('it is no JSON')
  }
}

function readSpan(span: Members, bounds: Bounds): Span {
  const status = objectOf(member(span, 'status'))
  const end = nanoseconds(member(span, 'endTimeUnixNano'))
  return {
    traceId: textOf(member(span, 'traceId')).toLowerCase(),
    id: textOf(member(span, 'spanId')).toLowerCase(),
    parentId: parentOf(textOf(member(span, 'parentSpanId')).toLowerCase()),
    name: textOf(member(span, 'name')),
    kind: numberOf(member(span, 'kind'), 'SPAN_KIND_'),
    startNs: nanoseconds(member(span, 'startTimeUnixNano')),
    endNs: end === '0' ? null : end,
    status: { code: statusOf(numberOf(status['code'], 'STATUS_CODE_')), message: textOf(status['message']) },
    attributes: attributesOf(span, bounds),
    events: listOf(span, 'events').map((event) => {
      bounds.count()
      return {
        name: textOf(event['name']),
        timeNs: nanoseconds(member(event, 'timeUnixNano')),
        attributes: attributesOf(event, bounds),
      }
    }),
    links: listOf(span, 'links').map((link) => {
      bounds.count()
      const ids = { traceId: textOf(member(link, 'traceId')), spanId: textOf(member(link, 'spanId')) }
      return { ...ids, attributes: attributesOf(link, bounds) }
    }),
    resource: {},
  }
}

/** A member by its name in camelCase, or in the protos' snake_case. */
function member(object: Members, name: string): unknown {
  return object[name] ?? object[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]
}

function listOf(object: Members, name: string): Members[] {
  const value = member(object, name)
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw bad(`${name} is no list`)
  return value.map(objectOf)
}

function objectOf(value: unknown): Members {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw bad('a message is no object')
  return value as Members // an object, and no list
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw bad('a text is no text')
  return clean(value)
}

const enumerations: Readonly<Record<string, readonly string[]>> = {
  SPAN_KIND_: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'],
  STATUS_CODE_: ['UNSET', 'OK', 'ERROR'],
}

/** An enumeration's value by number, or by name. */
function numberOf(value: unknown, prefix: string): number {
  if (value === undefined || value === null) return 0
  if (typeof value === 'number') return value
  const found = typeof value === 'string' ? enumerations[prefix]?.indexOf(value.replace(prefix, '')) : -1
  if (found === undefined || found < 0) throw bad(`there is no ${prefix}${JSON.stringify(value).slice(0, 50)}`)
  return found
}

const Nanoseconds = z.union([z.string().regex(/^\d{1,20}$/), z.number().int().min(0).transform(String)])

function nanoseconds(value: unknown): string {
  if (value === undefined || value === null) return '0'
  const result = Nanoseconds.safeParse(value)
  if (!result.success || !/^\d+$/.test(result.data)) throw bad('a time is no number of nanoseconds')
  return String(BigInt(result.data))
}

function attributesOf(object: Members, bounds: Bounds): Attributes {
  const attributes: Record<string, AttributeValue> = {}
  for (const entry of listOf(object, 'attributes')) set(attributes, entry, 0, bounds)
  return attributes
}

function set(into: Record<string, AttributeValue>, entry: Members, depth: number, bounds: Bounds): void {
  bounds.count()
  const value = readValue(entry['value'], depth + 1, bounds)
  // A key named __proto__ must become a member like any other.
  Object.defineProperty(into, textOf(entry['key']), { value, enumerable: true, configurable: true, writable: true })
}

function readValue(given: unknown, depth: number, bounds: Bounds): AttributeValue {
  bounds.check(depth)
  const value = objectOf(given)
  const text = member(value, 'stringValue') ?? member(value, 'bytesValue')
  if (text !== undefined) return textOf(text)
  const truth = member(value, 'boolValue')
  if (typeof truth === 'boolean') return truth
  const whole = member(value, 'intValue')
  if (whole !== undefined) return wholeOf(whole)
  const double = member(value, 'doubleValue')
  if (double !== undefined) return typeof double === 'number' ? double : textOf(double)
  const list = member(value, 'arrayValue')
  if (list !== undefined) {
    return listOf(objectOf(list), 'values').map((item) => {
      bounds.count()
      return readValue(item, depth + 1, bounds)
    })
  }
  const map: Record<string, AttributeValue> = {}
  const entries = member(value, 'kvlistValue')
  if (entries === undefined) return null
  for (const entry of listOf(objectOf(entries), 'values')) set(map, entry, depth, bounds)
  return map
}

function wholeOf(value: unknown): AttributeValue {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) throw bad('intValue is no whole number')
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt.asIntN(64, BigInt(value))
}

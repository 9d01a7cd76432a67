import { quoteLargeIntegers } from './spans-file.ts'
import { firstText, textOf } from './words.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * A span as MLflow keeps it, in OTLP's JSON form. MLflow has three: ids in base64 and `start_time_unix_nano` (3.x), ids in
 * hexadecimal below `context` (2.x), and OTLP's own. The trace's id wins over what the span says: older traces have ids that
 * are not OpenTelemetry's.
 */
export function otlpSpan(text: string, traceId: string): Members {
  const span = JSON.parse(quoteLargeIntegers(text)) as Members // a span's JSON
  const context = objectOf(span['context'])
  const parent = idOf(firstText(span['parent_span_id'], span['parent_id']))
  return {
    traceId: traceId.replace(/^tr-/, '').replaceAll('-', ''),
    spanId: idOf(firstText(span['span_id'], context['span_id'])),
    ...(parent === '' ? {} : { parentSpanId: parent }),
    name: span['name'] ?? '',
    kind: 1,
    startTimeUnixNano: firstText(span['start_time_unix_nano'], span['start_time'], '0'),
    endTimeUnixNano: firstText(span['end_time_unix_nano'], span['end_time'], '0'),
    status: statusOf(span),
    attributes: attributesOf(span['attributes']),
    events: listOf(span['events']).map((event) => ({
      name: event['name'] ?? '',
      timeUnixNano: timeOf(event),
      attributes: attributesOf(event['attributes']),
    })),
    links: listOf(span['links']).map((link) => ({
      traceId: idOf(link['trace_id']),
      spanId: idOf(link['span_id']),
      attributes: attributesOf(link['attributes']),
    })),
  }
}

function statusOf(span: Members): Members {
  const status = objectOf(span['status'])
  return {
    code: codeOf(firstText(status['code'], span['status_code'])),
    message: firstText(status['message'], span['status_message']),
  }
}

/** Nanoseconds; events of 2.x have microseconds. */
function timeOf(event: Members): string {
  const nanoseconds = textOf(event['time_unix_nano'])
  if (nanoseconds !== '') return nanoseconds
  const time = firstText(event['timestamp'], '0')
  return time.length <= 16 && time !== '0' ? `${time}000` : time
}

function objectOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {} // read member by member
}

function listOf(value: unknown): Members[] {
  return Array.isArray(value) ? value.map(objectOf) : []
}

/** An id in hexadecimal, from that or from base64. */
function idOf(value: unknown): string {
  if (typeof value !== 'string' || value === '') return ''
  const text = value.replace(/^tr-/, '').replace(/^0x/, '')
  if (/^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(text)) return text.toLowerCase()
  return Buffer.from(text, 'base64').toString('hex')
}

function codeOf(text: string): number {
  const word = text.replace('STATUS_CODE_', '')
  return word === 'OK' || word === '1' ? 1 : word === 'ERROR' || word === '2' ? 2 : 0
}

/** Attributes as a map, or as OTLP's list already. */
function attributesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.map(ownForm)
  return Object.entries(objectOf(value)).map(([key, member]) => ({ key, value: valueOf(member) }))
}

/** MLflow's API writes the members of a value in snake_case. */
function ownForm(entry: unknown): unknown {
  const { key, value } = objectOf(entry)
  const renamed = Object.entries(objectOf(value)).map(([name, member]) => {
    return [name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()), member]
  })
  return { key, value: Object.fromEntries(renamed) as unknown }
}

/** MLflow keeps each value as its JSON text; what is no JSON is a text as it is. */
function valueOf(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  try {
    return json.parse(text, anyValue)
  } catch {
    return { stringValue: text }
  }
}

// What the language's library does not declare yet: the reviver's third argument.
interface NewJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}
const json = JSON as unknown as NewJson // Node 24 has it

/** A value in OTLP's form; its members are in that form already. */
function anyValue(_key: string, value: unknown, { source }: { source?: string }): Members {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') {
    return source !== undefined && /^-?\d+$/.test(source) ? { intValue: source } : { doubleValue: value }
  }
  if (Array.isArray(value)) return { arrayValue: { values: value } }
  if (value === null) return {}
  return { kvlistValue: { values: Object.entries(objectOf(value)).map(([key, member]) => ({ key, value: member })) } }
}

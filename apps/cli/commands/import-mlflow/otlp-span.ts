import { quoteLargeIntegers } from './spans-file.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * A span as MLflow keeps it, in OTLP's JSON form. MLflow has three: ids in base64 and `start_time_unix_nano` (3.x), ids in
 * hexadecimal below `context` (2.x), and OTLP's own. The trace's id wins over what the span says: older traces have ids that
 * are not OpenTelemetry's.
 */
export function otlpSpan(text: string, traceId: string): Members {
  const span = JSON.parse(quoteLargeIntegers(text)) as Members // a span's JSON
  const context = objectOf(span['context'])
  const status = objectOf(span['status'])
  const parent = idOf(span['parent_span_id'] ?? span['parent_id'])
  return {
    traceId: traceId.replace(/^tr-/, '').replaceAll('-', ''),
    spanId: idOf(span['span_id'] ?? context['span_id']),
    ...(parent === '' ? {} : { parentSpanId: parent }),
    name: span['name'] ?? '',
    kind: 1,
    startTimeUnixNano: String(span['start_time_unix_nano'] ?? span['start_time'] ?? '0'),
    endTimeUnixNano: String(span['end_time_unix_nano'] ?? span['end_time'] ?? '0'),
    status: {
      code: codeOf(status['code'] ?? span['status_code']),
      message: String(status['message'] ?? span['status_message'] ?? ''),
    },
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

/** Nanoseconds; events of 2.x have microseconds. */
function timeOf(event: Members): string {
  const nanoseconds = event['time_unix_nano']
  if (nanoseconds !== undefined) return String(nanoseconds)
  const time = String(event['timestamp'] ?? '0')
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

function codeOf(value: unknown): number {
  const word = String(value ?? '').replace('STATUS_CODE_', '')
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

function valueOf(value: unknown): Members {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOf) } }
  return { stringValue: JSON.stringify(value ?? null) }
}

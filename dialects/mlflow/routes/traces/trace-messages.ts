import type { Attributes, AttributeValue, Span, Trace } from '@millrace/traces/contract'
import { assessmentMessage } from './assessment-messages.ts'
import { duration, timestamp } from './times.ts'

/** What clients are shown of labels: MLflow cuts them where it shows them, not where it keeps them. */
const shown = { keyLength: 250, metadataLength: 250, tagLength: 4096 }

const states = { ok: 'OK', error: 'ERROR', in_progress: 'IN_PROGRESS', unspecified: 'STATE_UNSPECIFIED' } as const
const statuses = { ...states, unspecified: 'TRACE_STATUS_UNSPECIFIED' } as const

/** A trace without its spans, as version 3 of the API writes it. */
export function traceInfo(trace: Trace) {
  return {
    trace_id: trace.id,
    client_request_id: trace.clientRequestId ?? undefined,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: trace.experimentId } },
    request_preview: trace.requestPreview ?? undefined,
    response_preview: trace.responsePreview ?? undefined,
    request_time: timestamp(trace.startedAtMs),
    execution_duration: trace.durationMs === null ? undefined : duration(trace.durationMs),
    state: states[trace.state],
    trace_metadata: cut(trace.metadata, shown.metadataLength),
    tags: cut(trace.tags, shown.tagLength),
    assessments: trace.assessments.length === 0 ? undefined : trace.assessments.map(assessmentMessage),
  }
}

/** The same as version 2 writes it. */
export function traceInfoV2(trace: Trace) {
  return {
    request_id: trace.id,
    experiment_id: trace.experimentId,
    timestamp_ms: trace.startedAtMs,
    execution_time_ms: trace.durationMs ?? undefined,
    status: statuses[trace.state],
    request_metadata: listOf(cut(trace.metadata, shown.metadataLength)),
    tags: listOf(cut(trace.tags, shown.tagLength)),
  }
}

function listOf(texts: Readonly<Record<string, string>> | undefined) {
  return texts === undefined ? undefined : Object.entries(texts).map(([key, value]) => ({ key, value }))
}

function cut(texts: Readonly<Record<string, string>>, length: number): Record<string, string> | undefined {
  const entries = Object.entries(texts)
  if (entries.length === 0) return undefined
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(0, shown.keyLength), value.slice(0, length)]))
}

/** A whole trace as JSON text: spans are many, and their times have more digits than a number holds. */
export function traceText(trace: Trace, spans: readonly Span[]): string {
  return `{"trace_info":${JSON.stringify(traceInfo(trace))},"spans":[${spans.map(spanText).join(',')}]}`
}

/** A span in OTLP's form, as protocol buffers write it in JSON: ids in base64, values by their types. */
function spanText(span: Span): string {
  const { parentId, endNs, events, links, status } = span
  const parent = parentId === null ? '' : `,"parent_span_id":"${base64(parentId)}"`
  const end = endNs === null ? '' : `,"end_time_unix_nano":${endNs}`
  const happened = events.map(
    (event) =>
      `{"time_unix_nano":${event.timeNs},"name":${JSON.stringify(event.name)},"attributes":${attributesText(event.attributes)}}`,
  )
  const linked = links.map(
    (link) =>
      `{"trace_id":"${base64(link.traceId)}","span_id":"${base64(link.spanId)}","attributes":${attributesText(link.attributes)}}`,
  )
  const message = status.message === '' ? '' : `"message":${JSON.stringify(status.message)},`
  return `{"trace_id":"${base64(span.traceId)}","span_id":"${base64(span.id)}"${parent},"name":${JSON.stringify(span.name)},"start_time_unix_nano":${span.startNs}${end},"attributes":${attributesText(span.attributes)},"events":[${happened.join(',')}],"links":[${linked.join(',')}],"status":{${message}"code":"STATUS_CODE_${status.code.toUpperCase()}"}}`
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

function attributesText(attributes: Attributes): string {
  return `[${Object.entries(attributes).map(keyValueText).join(',')}]`
}

function keyValueText([key, value]: readonly [string, AttributeValue]): string {
  return `{"key":${JSON.stringify(key)},"value":${valueText(value)}}`
}

function valueText(value: AttributeValue): string {
  if (typeof value === 'string') return `{"string_value":${JSON.stringify(value)}}`
  if (typeof value === 'boolean') return `{"bool_value":${value}}`
  if (typeof value === 'bigint') return `{"int_value":${value}}`
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? `{"int_value":${value}}` : `{"double_value":${value}}`
  if (value === null) return '{}'
  if (Array.isArray(value)) return `{"array_value":{"values":[${value.map(valueText).join(',')}]}}`
  return `{"kvlist_value":{"values":[${Object.entries(value).map(keyValueText).join(',')}]}}`
}

/** Spans as MLflow's `traces.json` holds them: attributes by name, each value JSON inside a text. */
export function tracesFile(spans: readonly Span[]): string {
  return `{"spans":[${spans.map(fileSpanText).join(',')}]}`
}

function fileSpanText(span: Span): string {
  const attributes = Object.entries(span.attributes).map(([key, value]) => [key, plainText(value)])
  const events = span.events.map(
    ({ name, timeNs, attributes: own }) =>
      `{"name":${JSON.stringify(name)},"time_unix_nano":${timeNs},"attributes":${plainText(own)}}`,
  )
  const links = span.links.map(({ traceId, spanId, attributes: own }) => {
    return `{"trace_id":"tr-${traceId}","span_id":"${spanId}","attributes":${plainText(own)}}`
  })
  const parent = span.parentId === null ? 'null' : `"${base64(span.parentId)}"`
  const status = { code: `STATUS_CODE_${span.status.code.toUpperCase()}`, message: span.status.message }
  return `{"trace_id":"${base64(span.traceId)}","span_id":"${base64(span.id)}","parent_span_id":${parent},"name":${JSON.stringify(span.name)},"start_time_unix_nano":${span.startNs},"end_time_unix_nano":${span.endNs},"events":[${events.join(',')}],"status":${JSON.stringify(status)},"attributes":${JSON.stringify(Object.fromEntries(attributes))},"links":[${links.join(',')}]}`
}

/** JSON with all digits of whole numbers. */
function plainText(value: AttributeValue | Attributes): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(plainText).join(',')}]`
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${plainText(member)}`)
  return `{${members.join(',')}}`
}

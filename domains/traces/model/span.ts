import { z } from 'zod'

/** An attribute's value. Whole numbers beyond 2^53 are `bigint`, so that they keep their digits. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue }

export type Attributes = { readonly [key: string]: AttributeValue }

/** One step of a trace. Ids are OpenTelemetry's in hexadecimal, times epoch nanoseconds as decimal text. */
export interface Span {
  readonly traceId: string
  readonly id: string
  readonly parentId: string | null
  readonly name: string
  /** OpenTelemetry's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 unspecified. */
  readonly kind: number
  readonly startNs: string
  readonly endNs: string | null
  readonly status: { readonly code: 'unset' | 'ok' | 'error'; readonly message: string }
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  readonly links: readonly SpanLink[]
  /** What the sender says of itself (`service.name`, …). */
  readonly resource: Attributes
  /** W3C's `tracestate`, where there is one. */
  readonly traceState?: string
  readonly scope?: { readonly name: string; readonly version: string }
}

export interface SpanEvent {
  readonly name: string
  readonly timeNs: string
  readonly attributes: Attributes
}

export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  readonly attributes: Attributes
}

/** A span as our API shows it. */
export const SpanView = z.object({
  id: z.string(),
  traceId: z.string(),
  parentId: z.string().nullable(),
  name: z.string(),
  type: z.string().nullable(),
  status: z.object({ code: z.enum(['unset', 'ok', 'error']), message: z.string() }),
  startedAtMs: z.number(),
  durationMs: z.number().nullable(),
  attributes: z.record(z.string(), z.unknown()),
  events: z.array(z.object({ name: z.string(), atMs: z.number(), attributes: z.record(z.string(), z.unknown()) })),
})
export type SpanView = z.infer<typeof SpanView>

// What the language's library does not declare yet: the reviver's third argument and JSON.rawJSON.
interface NewJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}
const json = JSON as unknown as NewJson // Node 24 has both

/** A value as JSON text; a `bigint` becomes a number with all its digits. */
export function encodeJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'bigint' ? json.rawJSON(String(member)) : member,
    )
  }
}

/** Reads what `encodeJson` wrote. */
export function decodeJson(text: string): unknown {
  return /\d{16}/.test(text) ? json.parse(text, exact) : (JSON.parse(text) as unknown)
}

function exact(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value
  return /^-?\d+$/.test(source) ? BigInt(source) : value
}

/** The trace of a span, as this domain names it. */
export function traceIdOf(span: Pick<Span, 'traceId'>): string {
  return `tr-${span.traceId}`
}

/** Epoch microseconds of a time in nanoseconds: what numbers hold exactly. */
export function microsecondsOf(ns: string): number {
  return ns.length <= 3 ? 0 : Number(ns.slice(0, -3))
}

/** A span as our API shows it. */
export function viewOf(span: Span): SpanView {
  const startUs = microsecondsOf(span.startNs)
  const type = span.attributes['mlflow.spanType']
  return {
    id: span.id,
    traceId: traceIdOf(span),
    parentId: span.parentId,
    name: span.name,
    type: typeof type === 'string' ? type : null,
    status: span.status,
    startedAtMs: startUs / 1000,
    durationMs: span.endNs === null ? null : (microsecondsOf(span.endNs) - startUs) / 1000,
    attributes: shown(span.attributes),
    events: span.events.map(({ name, timeNs, attributes }) => ({
      name,
      atMs: microsecondsOf(timeNs) / 1000,
      attributes: shown(attributes),
    })),
  }
}

/** JSON without `bigint`: those become decimal text. */
function shown(attributes: Attributes): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(attributes, (_key, member: unknown) => (typeof member === 'bigint' ? String(member) : member)),
  ) as Record<string, unknown> // it was one
}

import type { Attributes, AttributeValue, Span, SpanEvent, SpanLink } from '@millrace/traces/contract'
import type { DecodedBatch } from './decoded-batch.ts'
import { Bounds, clean, emptyBatch, keep, parentOf, statusOf } from './decoded-batch.ts'
import { wire, WireReader } from './wire-reader.ts'

/** What a message's fields are read with, by number; others are passed over. */
type Fields = Readonly<Record<number, { readonly type: number; readonly read: (reader: WireReader) => void }>>

/** Decodes an ExportTraceServiceRequest in protocol buffers' binary form. Throws `otlp/bad-payload`. */
export function decodeProtobuf(body: Buffer): DecodedBatch {
  const batch = emptyBatch()
  const bounds = new Bounds()
  readMessage(new WireReader(body), {
    1: {
      type: wire.bytes,
      read: (reader) => {
        batch.hasResources = true
        readResourceSpans(reader.message(), batch, bounds)
      },
    },
  })
  return batch
}

function readMessage(reader: WireReader, fields: Fields): void {
  while (!reader.done()) {
    const { field, type } = reader.tag()
    const known = fields[field]
    if (known?.type === type) known.read(reader)
    else reader.skip(type)
  }
}

/** The resource may stand behind the spans that it belongs to, so it is looked for first. */
function readResourceSpans(message: WireReader, batch: DecodedBatch, bounds: Bounds): void {
  let resource: Attributes = {}
  const scopes: WireReader[] = []
  readMessage(message, {
    1: {
      type: wire.bytes,
      read: (reader) => {
        resource = { ...resource, ...attributesAt(reader.message(), 1, bounds) }
      },
    },
    2: {
      type: wire.bytes,
      read: (reader) => {
        bounds.count()
        scopes.push(reader.message())
      },
    },
  })
  for (const scope of scopes) readScopeSpans(scope, resource, batch, bounds)
}

function readScopeSpans(message: WireReader, resource: Attributes, batch: DecodedBatch, bounds: Bounds): void {
  const found = { name: '', version: '' }
  const spans: WireReader[] = []
  readMessage(message, {
    1: {
      type: wire.bytes,
      read: (reader) =>
        readMessage(reader.message(), {
          1: { type: wire.bytes, read: (scope) => void (found.name = clean(scope.text())) },
          2: { type: wire.bytes, read: (scope) => void (found.version = clean(scope.text())) },
        }),
    },
    2: {
      type: wire.bytes,
      read: (reader) => {
        bounds.count()
        spans.push(reader.message())
      },
    },
  })
  const scope = found.name === '' && found.version === '' ? {} : { scope: found }
  for (const span of spans) keep(batch, { ...readSpan(span, bounds), resource, ...scope })
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

function readSpan(message: WireReader, bounds: Bounds): Span {
  const attributes: Record<string, AttributeValue> = {}
  const events: SpanEvent[] = []
  const links: SpanLink[] = []
  const span: Writable<Span> = {
    traceId: '',
    id: '',
    parentId: null,
    name: '',
    kind: 0,
    startNs: '0',
    endNs: null,
    status: { code: 'unset', message: '' },
    attributes,
    events,
    links,
    resource: {},
  }
  while (!message.done()) {
    const { field, type } = message.tag()
    if (!readSpanField(message, field, type, span)) {
      if (type !== wire.bytes || (field !== 9 && field !== 11 && field !== 13)) message.skip(type)
      else if (field === 9) readKeyValue(message.message(), attributes, 0, bounds)
      else if (field === 11) events.push(readEvent(message.message(), bounds))
      else links.push(readLink(message.message(), bounds))
    }
  }
  return span
}

/** The fields that hold one value each; false for any other. */
function readSpanField(message: WireReader, field: number, type: number, span: Writable<Span>): boolean {
  if (type === wire.fixed64) {
    if (field === 7) span.startNs = message.fixed64()
    else if (field === 8) span.endNs = endOf(message.fixed64())
    else return false
    return true
  }
  if (type === wire.varint && field === 6) {
    span.kind = message.uint32()
    return true
  }
  return type === wire.bytes && readSpanText(message, field, span)
}

function readSpanText(message: WireReader, field: number, span: Writable<Span>): boolean {
  switch (field) {
    case 1:
      span.traceId = message.encoded('hex')
      return true
    case 2:
      span.id = message.encoded('hex')
      return true
    case 3:
      span.traceState = clean(message.text())
      return true
    case 4:
      span.parentId = parentOf(message.encoded('hex'))
      return true
    case 5:
      span.name = clean(message.text())
      return true
    case 15:
      span.status = readStatus(message.message())
      return true
    default:
      return false
  }
}

/** A span that has not ended has no end, which reads as zero. */
function endOf(ns: string): string | null {
  return ns === '0' ? null : ns
}

function readStatus(message: WireReader): Span['status'] {
  const status = { code: 0, message: '' }
  readMessage(message, {
    2: { type: wire.bytes, read: (reader) => void (status.message = clean(reader.text())) },
    3: { type: wire.varint, read: (reader) => void (status.code = reader.uint32()) },
  })
  return { code: statusOf(status.code), message: status.message }
}

function readEvent(message: WireReader, bounds: Bounds): SpanEvent {
  bounds.count()
  const attributes: Record<string, AttributeValue> = {}
  const event = { name: '', timeNs: '0', attributes }
  readMessage(message, {
    1: { type: wire.fixed64, read: (reader) => void (event.timeNs = reader.fixed64()) },
    2: { type: wire.bytes, read: (reader) => void (event.name = clean(reader.text())) },
    3: { type: wire.bytes, read: (reader) => readKeyValue(reader.message(), attributes, 0, bounds) },
  })
  return event
}

function readLink(message: WireReader, bounds: Bounds): SpanLink {
  bounds.count()
  const attributes: Record<string, AttributeValue> = {}
  const link = { traceId: '', spanId: '', attributes }
  readMessage(message, {
    1: { type: wire.bytes, read: (reader) => void (link.traceId = reader.encoded('hex')) },
    2: { type: wire.bytes, read: (reader) => void (link.spanId = reader.encoded('hex')) },
    4: { type: wire.bytes, read: (reader) => readKeyValue(reader.message(), attributes, 0, bounds) },
  })
  return link
}

function attributesAt(message: WireReader, field: number, bounds: Bounds): Attributes {
  const attributes: Record<string, AttributeValue> = {}
  readMessage(message, {
    [field]: { type: wire.bytes, read: (reader) => readKeyValue(reader.message(), attributes, 0, bounds) },
  })
  return attributes
}

function readKeyValue(message: WireReader, into: Record<string, AttributeValue>, depth: number, bounds: Bounds): void {
  bounds.count()
  let key = ''
  let value: AttributeValue = null
  while (!message.done()) {
    const { field, type } = message.tag()
    if (field === 1 && type === wire.bytes) key = clean(message.text())
    else if (field === 2 && type === wire.bytes) value = readValue(message.message(), depth + 1, bounds)
    else message.skip(type)
  }
  // A key named __proto__ must become a member like any other.
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true })
}

function readValue(message: WireReader, depth: number, bounds: Bounds): AttributeValue {
  bounds.check(depth)
  let value: AttributeValue = null
  while (!message.done()) {
    const { field, type } = message.tag()
    const read = valueReaders[field]
    if (read?.type === type) value = read.read(message, depth, bounds)
    else message.skip(type)
  }
  return value
}

/** The forms of a value, by their fields' numbers. */
const valueReaders: Readonly<
  Record<number, { type: number; read: (message: WireReader, depth: number, bounds: Bounds) => AttributeValue }>
> = {
  1: { type: wire.bytes, read: (message) => clean(message.text()) },
  2: { type: wire.varint, read: (message) => message.uint32() !== 0 },
  3: { type: wire.varint, read: (message) => message.int64() },
  4: { type: wire.fixed64, read: (message) => finite(message.double()) },
  5: { type: wire.bytes, read: (message, depth, bounds) => readList(message.message(), depth, bounds) },
  6: { type: wire.bytes, read: (message, depth, bounds) => readMap(message.message(), depth, bounds) },
  7: { type: wire.bytes, read: (message) => message.encoded('base64') },
}

/** JSON, in which spans are stored, has no words for NaN and the infinities. */
function finite(value: number): AttributeValue {
  return Number.isFinite(value) ? value : String(value)
}

function readList(message: WireReader, depth: number, bounds: Bounds): AttributeValue {
  const list: AttributeValue[] = []
  readMessage(message, {
    1: {
      type: wire.bytes,
      read: (reader) => {
        bounds.count()
        list.push(readValue(reader.message(), depth + 1, bounds))
      },
    },
  })
  return list
}

function readMap(message: WireReader, depth: number, bounds: Bounds): AttributeValue {
  const map: Record<string, AttributeValue> = {}
  readMessage(message, {
    1: { type: wire.bytes, read: (reader) => readKeyValue(reader.message(), map, depth, bounds) },
  })
  return map
}

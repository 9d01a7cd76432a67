/** Writes protocol buffers' wire format: just enough of it for tests. */
type Value = string | number | bigint | boolean | null | Value[] | { [key: string]: Value }

export interface SentSpan {
  readonly traceId?: string
  readonly spanId?: string
  readonly parentId?: string
  readonly name?: string
  readonly startNs?: bigint
  readonly endNs?: bigint
  readonly attributes?: Readonly<Record<string, Value>>
  readonly events?: readonly { readonly name: string; readonly attributes?: Readonly<Record<string, Value>> }[]
  readonly status?: number
}

/** An ExportTraceServiceRequest with one resource and one scope. */
export function encodeRequest(spans: readonly SentSpan[], resource: Readonly<Record<string, Value>> = {}): Buffer {
  const scopeSpans = [field(1, text(1, 'tests')), ...spans.map((span) => field(2, encodeSpan(span)))]
  return field(1, field(1, keyValues(1, resource)), field(2, ...scopeSpans))
}

function encodeSpan(span: SentSpan): Buffer {
  const { traceId = '0'.repeat(31) + '1', spanId = '0'.repeat(15) + '1', startNs = 1_767_225_600_000_000_001n } = span
  return Buffer.concat([
    field(1, Buffer.from(traceId, 'hex')),
    field(2, Buffer.from(spanId, 'hex')),
    ...(span.parentId === undefined ? [] : [field(4, Buffer.from(span.parentId, 'hex'))]),
    text(5, span.name ?? 'work'),
    Buffer.concat([varint(6n * 8n), varint(1n)]),
    fixed64(7, startNs),
    fixed64(8, span.endNs ?? startNs + 1_000_000n),
    keyValues(9, span.attributes ?? {}),
    ...(span.events ?? []).map((event) =>
      field(11, fixed64(1, startNs), text(2, event.name), keyValues(3, event.attributes ?? {})),
    ),
    field(15, text(2, ''), Buffer.concat([varint(3n * 8n), varint(BigInt(span.status ?? 0))])),
  ])
}

/** A length-delimited field. */
export function field(number: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(body.length)), body])
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value, 'utf8'))
}

function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return Buffer.concat([varint(BigInt(number * 8 + 1)), bytes])
}

function keyValues(number: number, values: Readonly<Record<string, Value>>): Buffer {
  return Buffer.concat(
    Object.entries(values).map(([key, value]) => field(number, text(1, key), field(2, anyValue(value)))),
  )
}

function anyValue(value: Value): Buffer {
  if (value === null) return Buffer.alloc(0)
  if (typeof value === 'string') return text(1, value)
  if (typeof value === 'boolean') return Buffer.from([2 * 8, value ? 1 : 0])
  if (typeof value === 'bigint') return Buffer.concat([varint(3n * 8n), varint(BigInt.asUintN(64, value))])
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return anyValue(BigInt(value))
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(value)
    return Buffer.concat([varint(4n * 8n + 1n), bytes])
  }
  if (Array.isArray(value)) return field(5, ...value.map((item) => field(1, anyValue(item))))
  return field(6, keyValues(1, value))
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) + 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}

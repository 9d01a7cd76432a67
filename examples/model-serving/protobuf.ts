/**
 * The little of the protocol-buffers wire format that an ONNX file and a gRPC message need: a message is its fields one
 * after the other, each a tag (number and wire type) and a value. https://protobuf.dev/programming-guides/encoding/
 */
export const message = (...fields: readonly Uint8Array[]): Uint8Array => Buffer.concat(fields)

/** A number, or several packed into one field. */
export const numbers = (field: number, ...values: readonly number[]): Uint8Array =>
  values.length === 1
    ? message(varint(field * 8), varint(values[0] ?? 0))
    : bytes(field, message(...values.map(varint)))

export const text = (field: number, value: string): Uint8Array => bytes(field, Buffer.from(value, 'utf8'))

/** Bytes, or a message inside a message. */
export const bytes = (field: number, value: Uint8Array): Uint8Array =>
  message(varint(field * 8 + 2), varint(value.byteLength), value)

/** Numbers as little-endian 32-bit floats, as tensors have them. */
export function floats(values: readonly number[]): Uint8Array {
  const raw = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => raw.writeFloatLE(value, index * 4))
  return raw
}

/** The length-delimited fields of a message with this number; others are passed over. */
export function fieldsOf(bytesOfMessage: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = []
  let at = 0
  const next = () => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = bytesOfMessage.readUInt8(at)
      at += 1
      value += (byte % 128) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }
  while (at < bytesOfMessage.length) {
    const tag = next()
    const kind = tag % 8
    const size = kind === 2 ? next() : kind === 1 ? 8 : kind === 5 ? 4 : 0
    if (kind === 0) next()
    if (kind === 2 && (tag - kind) / 8 === wanted) found.push(bytesOfMessage.subarray(at, at + size))
    at += size
  }
  return found
}

function varint(value: number): Uint8Array {
  const parts: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) parts.push((rest % 128) + 128)
  return Uint8Array.from([...parts, rest])
}

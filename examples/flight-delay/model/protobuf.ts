/**
 * The little of the protocol-buffers wire format that an ONNX file needs: a message is its fields' bytes one after the
 * other, each field a tag (number and wire type) and a value. https://protobuf.dev/programming-guides/encoding/
 */
const varintType = 0
const lengthDelimitedType = 2

/** A message, of its fields. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

/** A non-negative whole number, or a boolean as 0 or 1. */
export function numberField(field: number, value: number): Uint8Array {
  return message(tag(field, varintType), varint(value))
}

/** A string, in UTF-8. */
export function stringField(field: number, text: string): Uint8Array {
  return bytesField(field, Buffer.from(text, 'utf8'))
}

/** Bytes, or a message inside a message. */
export function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return message(tag(field, lengthDelimitedType), varint(bytes.byteLength), bytes)
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType)
}

function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`Only whole numbers from 0 can be written, not ${value}.`)
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Uint8Array.from([...bytes, rest])
}

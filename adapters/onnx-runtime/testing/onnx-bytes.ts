// Field numbers and codes of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, in protobuf's wire form.
export const float = 1

/** A float32 input or output of shape [batch, width]. */
export function matrix(name: string, width: number): Uint8Array {
  const shape = message(field(1, text(2, 'batch')), field(1, number(1, width)))
  return message(text(1, name), field(2, field(1, message(number(1, float), field(2, shape)))))
}

/** The file of a graph: IR 8, operator set 17. */
export function onnxFile(graph: Uint8Array): Uint8Array {
  return message(
    number(1, 8),
    text(2, 'millrace tests'),
    field(7, graph),
    field(8, message(text(1, ''), number(2, 17))),
  )
}

export function node(operator: string, inputs: readonly string[], output: string, attribute?: Uint8Array): Uint8Array {
  return message(
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(4, operator),
    ...(attribute === undefined ? [] : [field(5, attribute)]),
  )
}

export function tensor(name: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const raw = Float32Array.from(values)
  return message(
    ...shape.map((size) => number(1, size)),
    number(2, float),
    text(8, name),
    field(9, new Uint8Array(raw.buffer)),
  )
}

export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

export function number(key: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(key * 8), ...varint(value)])
}

export function text(key: number, value: string): Uint8Array {
  return field(key, Buffer.from(value))
}

export function field(key: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([...varint(key * 8 + 2), ...varint(bytes.length)]), bytes])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

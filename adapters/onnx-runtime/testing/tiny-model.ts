// Field numbers and codes of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const float = 1

/** What a tiny model is made of: `probability = sigmoid(weights · inputs + bias)`. */
export interface TinyModel {
  /** One weight per input; each input and the output are float32 [batch, 1]. */
  readonly weights: Readonly<Record<string, number>>
  readonly bias: number
  /** Name of the output; default `probability`. */
  readonly output?: string
}

/** The bytes of an ONNX file (IR 8, operator set 17) of a tiny model, for tests that need a real one. */
export function tinyModel({ weights, bias, output = 'probability' }: TinyModel): Uint8Array {
  const names = Object.keys(weights)
  const graph = message(
    field(1, node('Concat', names, 'row', message(text(1, 'axis'), number(3, 1), number(20, 2)))),
    field(1, node('Gemm', ['row', 'weights', 'bias'], 'logit')),
    field(1, node('Sigmoid', ['logit'], output)),
    text(2, 'tiny'),
    field(5, tensor('weights', [names.length, 1], Object.values(weights))),
    field(5, tensor('bias', [1], [bias])),
    ...names.map((name) => field(11, column(name))),
    field(12, column(output)),
  )
  return message(
    number(1, 8),
    text(2, 'millrace tests'),
    field(7, graph),
    field(8, message(text(1, ''), number(2, 17))),
  )
}

function node(operator: string, inputs: readonly string[], output: string, attribute?: Uint8Array): Uint8Array {
  return message(
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(4, operator),
    ...(attribute === undefined ? [] : [field(5, attribute)]),
  )
}

function tensor(name: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const raw = Float32Array.from(values)
  return message(
    ...shape.map((size) => number(1, size)),
    number(2, float),
    text(8, name),
    field(9, new Uint8Array(raw.buffer)),
  )
}

function column(name: string): Uint8Array {
  const shape = message(field(1, text(2, 'batch')), field(1, number(1, 1)))
  return message(text(1, name), field(2, field(1, message(number(1, float), field(2, shape)))))
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

function number(key: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(key * 8), ...varint(value)])
}

function text(key: number, value: string): Uint8Array {
  return field(key, Buffer.from(value))
}

function field(key: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([...varint(key * 8 + 2), ...varint(bytes.length)]), bytes])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

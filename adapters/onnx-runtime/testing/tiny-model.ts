import { field, matrix, message, node, number, onnxFile, tensor, text } from './onnx-bytes.ts'

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
    ...names.map((name) => field(11, matrix(name, 1))),
    field(12, matrix(output, 1)),
  )
  return onnxFile(graph)
}

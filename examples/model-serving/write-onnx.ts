import type { LateModel, Term } from './late-model.ts'
import { bytes, floats, message, numbers, text } from './protobuf.ts'

// Field numbers and codes of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const floatType = 1
const intAttribute = 2

/** The model as an ONNX file: inputs `time` and `distance`, output `late`, each float32 [batch, 1]. */
export function writeOnnx({ terms, weights, bias }: LateModel): Uint8Array {
  const graph = message(
    ...[...terms.flatMap(nodesOf), ...sumOf(terms)].map((node) => bytes(1, node)),
    text(2, 'late_flights'),
    ...terms.map(({ factor }, at) => bytes(5, tensor(`factor${at}`, [1], [factor]))),
    bytes(5, tensor('weights', [weights.length, 1], weights)),
    bytes(5, tensor('bias', [1], [bias])),
    ...['time', 'distance'].map((name) => bytes(11, column(name))),
    bytes(12, column('late')),
  )
  // IR version 8, operator set 17.
  return message(numbers(1, 8), bytes(7, graph), bytes(8, message(text(1, ''), numbers(2, 17))))
}

/** A term's value, as the column `term<at>`. */
function nodesOf({ input, shape }: Term, at: number): Uint8Array[] {
  const factor = `factor${at}`
  return [node('Mul', [input, factor], `scaled${at}`), node(shape, [`scaled${at}`], `term${at}`)]
}

/** The columns side by side meet the weights. */
function sumOf(terms: readonly Term[]): Uint8Array[] {
  const columns = terms.map((_, at) => `term${at}`)
  const axis = bytes(5, message(text(1, 'axis'), numbers(3, 1), numbers(20, intAttribute)))
  return [
    message(node('Concat', columns, 'row'), axis),
    node('Gemm', ['row', 'weights', 'bias'], 'logit'),
    node('Sigmoid', ['logit'], 'late'),
  ]
}

const node = (operator: string, inputs: readonly string[], output: string) =>
  message(...inputs.map((input) => text(1, input)), text(2, output), text(3, `to_${output}`), text(4, operator))

const tensor = (name: string, dimensions: readonly number[], values: readonly number[]) =>
  message(...dimensions.map((size) => numbers(1, size)), numbers(2, floatType), text(8, name), bytes(9, floats(values)))

function column(name: string): Uint8Array {
  const shape = message(bytes(1, text(2, 'batch')), bytes(1, numbers(1, 1)))
  return message(text(1, name), bytes(2, bytes(1, message(numbers(1, floatType), bytes(2, shape)))))
}

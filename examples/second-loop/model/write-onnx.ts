import type { Logistic } from './fit-logistic.ts'
import { featureNames } from './fit-logistic.ts'

// Field numbers and codes of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const float = 1
const int = 2

/** The model as an ONNX file (IR 8, operators 17): each feature float32 [batch, 1], the output `probability` too. */
export function writeOnnx({ bias, weights }: Logistic): Uint8Array {
  const axis = message(text(1, 'axis'), number(3, 1), number(20, int))
  const graph = message(
    part(1, node('Concat', featureNames, 'row', part(5, axis))),
    part(1, node('Gemm', ['row', 'weights', 'bias'], 'logit')),
    part(1, node('Sigmoid', ['logit'], 'probability')),
    text(2, 'empty_stations'),
    part(5, tensor('weights', [featureNames.length, 1], weights)),
    part(5, tensor('bias', [1], [bias])),
    ...featureNames.map((name) => part(11, column(name))),
    part(12, column('probability')),
  )
  return message(number(1, 8), text(2, 'second loop'), part(7, graph), part(8, message(text(1, ''), number(2, 17))))
}

function node(operator: string, inputs: readonly string[], output: string, ...more: readonly Uint8Array[]): Uint8Array {
  return message(...inputs.map((input) => text(1, input)), text(2, output), text(4, operator), ...more)
}

function tensor(name: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const raw = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => raw.writeFloatLE(value, index * 4))
  return message(...shape.map((size) => number(1, size)), number(2, float), text(8, name), part(9, raw))
}

function column(name: string): Uint8Array {
  const shape = message(part(1, text(2, 'batch')), part(1, number(1, 1)))
  return message(text(1, name), part(2, part(1, message(number(1, float), part(2, shape)))))
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

function number(key: number, value: number): Uint8Array {
  return message(varint(key * 8), varint(value))
}

function text(key: number, value: string): Uint8Array {
  return part(key, Buffer.from(value))
}

function part(key: number, bytes: Uint8Array): Uint8Array {
  return message(varint(key * 8 + 2), varint(bytes.byteLength), bytes)
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Uint8Array.from([...bytes, rest])
}

import { field, matrix, message, node, onnxFile, tensor, text } from './onnx-bytes.ts'

/** The bytes of an ONNX file of a multi-layer perceptron: `x` [batch, first] to `y` [batch, last], ReLU between its layers. */
export function mlpModel(widths: readonly number[]): Uint8Array {
  const parts: Uint8Array[] = []
  const layers = widths.slice(1)
  layers.forEach((width, layer) => {
    const before = widths[layer] ?? 1
    const last = layer === layers.length - 1
    const input = layer === 0 ? 'x' : `active${layer - 1}`
    const sum = last ? 'y' : `sum${layer}`
    parts.push(field(1, node('Gemm', [input, `weights${layer}`, `bias${layer}`], sum)))
    if (!last) parts.push(field(1, node('Relu', [sum], `active${layer}`)))
    parts.push(field(5, tensor(`weights${layer}`, [before, width], values(before * width, before))))
    parts.push(field(5, tensor(`bias${layer}`, [width], values(width, 1))))
  })
  const ends = [field(11, matrix('x', widths[0] ?? 1)), field(12, matrix('y', widths.at(-1) ?? 1))]
  return onnxFile(message(...parts, text(2, 'mlp'), ...ends))
}

/** Numbers that are neither all alike nor large. */
function values(count: number, scale: number): number[] {
  return Array.from({ length: count }, (_value, at) => Math.sin(at + 1) / scale)
}

import { describe, expect, it } from 'vitest'
import { readTextProto } from './read-text-proto.ts'

describe('a text of protobuf', () => {
  it('is read as Triton writes its model configuration', () => {
    const text = `
# the model
name: "iris"
platform: "onnxruntime_onnx"
max_batch_size: 8
input [
  { name: "x" data_type: TYPE_FP32 dims: [ 4, -1 ] },
  { name: 'y' data_type: TYPE_STRING dims: 1 }
]
instance_group { count: 2 kind: KIND_CPU }
parameters: { key: "a" value: { string_value: "b" "c\\n" } }
dynamic_batching { }
`
    expect(readTextProto(text)).toEqual({
      name: ['iris'],
      platform: ['onnxruntime_onnx'],
      max_batch_size: [8],
      input: [
        { name: ['x'], data_type: ['TYPE_FP32'], dims: [4, -1] },
        { name: ['y'], data_type: ['TYPE_STRING'], dims: [1] },
      ],
      instance_group: [{ count: [2], kind: ['KIND_CPU'] }],
      parameters: [{ key: ['a'], value: [{ string_value: ['bc\n'] }] }],
      dynamic_batching: [{}],
    })
  })
  it.each(['name: "open', 'name {', '} x', '5: 1', `${'a { '.repeat(100)}${'}'.repeat(100)}`])(
    'is refused with its line when it reads %s',
    (text) => {
      expect(() => readTextProto(text)).toThrow(/line \d+ is no protobuf text/)
    },
  )
})

import type { Signature, Tensor } from '@millrace/model-serving/plane'
import type { ProtoValues } from '@millrace/model-serving/wire'
import { textOfBytes } from '@millrace/model-serving/wire'
import { tensorsOfObjects } from '../read-request.ts'
import { v1Problem } from '../v1-problem.ts'

/** Tensors from the `tf.Example`s of an `Input`; what the context says holds for each. Throws problems with status 400. */
export function exampleTensors(input: ProtoValues, { inputs }: Signature): Tensor[] {
  const list = messageIn(input, 'example_list_with_context') ?? messageIn(input, 'example_list') ?? {}
  const context = featuresOf(messageIn(list, 'context') ?? {})
  const examples = listIn(list, 'examples').map((example) => ({ ...context, ...featuresOf(example) }))
  if (examples.length === 0) throw v1Problem['invalid-request']({ what: 'its input has no examples' })
  return tensorsOfObjects('example', examples, inputs)
}

function messageIn(values: ProtoValues, name: string): ProtoValues | undefined {
  return values[name] as ProtoValues | undefined // by the schema
}

function listIn(values: ProtoValues, name: string): readonly ProtoValues[] {
  return (values[name] ?? []) as readonly ProtoValues[] // by the schema
}

function featuresOf(example: ProtoValues): Record<string, unknown> {
  const features = messageIn(messageIn(example, 'features') ?? {}, 'feature') ?? {}
  return Object.fromEntries(Object.entries(features).map(([name, feature]) => [name, valueOf(feature as ProtoValues)])) // by the schema
}

/** A feature with one value is that value. */
function valueOf(feature: ProtoValues): unknown {
  const kind = messageIn(feature, 'float_list') ?? messageIn(feature, 'int64_list') ?? messageIn(feature, 'bytes_list')
  const list = (kind?.['value'] ?? []) as readonly unknown[] // by the schema
  const values = list.map((value) => (value instanceof Uint8Array ? textOfBytes(value) : value))
  return values.length === 1 ? values[0] : values
}

import { featureNames, type FeatureName } from '../features/feature-columns.ts'
import { positionCount, type Encoding, type LogisticModel } from './logistic-model.ts'
import { bytesField, message, numberField, stringField } from './protobuf.ts'
import type { TrainedModel } from './train-logistic.ts'

// Field numbers and codes of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const irVersion = 8
const opsetVersion = 17
const floatType = 1
const intAttribute = 2
const largestFloat32 = 3.4028234663852886e38

/** The graph's output: the probability of a late flight, float32 [batch, 1]. */
export const outputName = 'probability'

/**
 * The trained model as an ONNX file (IR version 8, operator set 17), with what it was trained with in its metadata. Its
 * inputs are the five features, each float32 [batch, 1]; its output is `probability`, float32 [batch, 1]. It holds
 * binning and one-hot encoding, so that a caller sends a flight as it is.
 */
export function writeOnnx(trained: TrainedModel): Uint8Array {
  return message(
    numberField(1, irVersion),
    stringField(2, 'millrace flight-delay example'),
    bytesField(7, graph(trained.model)),
    bytesField(8, message(stringField(1, ''), numberField(2, opsetVersion))),
    ...Object.entries(metadataOf(trained)).map(([key, value]) =>
      bytesField(14, message(stringField(1, key), stringField(2, value))),
    ),
  )
}

function metadataOf(trained: TrainedModel): Record<string, string> {
  return {
    hyperparameters: JSON.stringify(trained.hyperparameters),
    training_rows: String(trained.rowCount),
    training_log_loss: String(trained.trainingLogLoss),
    labels:
      trained.labelsShuffledWithSeed === null
        ? 'as recorded'
        : `shuffled on purpose, seed ${trained.labelsShuffledWithSeed}`,
  }
}

/**
 * Each feature becomes a row of booleans, true at its position; side by side they meet the weights in one matrix
 * product.
 */
function graph(model: LogisticModel): Uint8Array {
  const parts = featureNames.map((name) => onePosition(name, model.features[name].encoding))
  const weights = featureNames.flatMap((name) => model.features[name].weights)
  const nodes = [
    ...parts.flatMap((part) => part.nodes),
    node(
      'Concat',
      featureNames.map((name) => `${name}_positions`),
      'positions',
      intField('axis', 1),
    ),
    node('Cast', ['positions'], 'design', intField('to', floatType)),
    node('Gemm', ['design', 'weights', 'bias'], 'logit'),
    node('Sigmoid', ['logit'], outputName),
  ]
  const constants = [
    ...parts.flatMap((part) => part.constants),
    tensor('weights', [weights.length, 1], weights),
    tensor('bias', [1], [model.bias]),
  ]
  return message(
    ...nodes.map((bytes) => bytesField(1, bytes)),
    stringField(2, 'flight_delay'),
    ...constants.map((bytes) => bytesField(5, bytes)),
    ...featureNames.map((name) => bytesField(11, columnOfFloats(name))),
    bytesField(12, columnOfFloats(outputName)),
  )
}

function onePosition(name: FeatureName, encoding: Encoding): { nodes: Uint8Array[]; constants: Uint8Array[] } {
  const shape = [1, positionCount(encoding)]
  if (encoding.kind === 'categories') {
    const values = Array.from({ length: encoding.count }, (_, index) => encoding.first + index)
    return {
      nodes: [node('Equal', [name, `${name}_values`], `${name}_positions`)],
      constants: [tensor(`${name}_values`, shape, values)],
    }
  }
  return {
    nodes: [
      node('GreaterOrEqual', [name, `${name}_lower`], `${name}_above`),
      node('Less', [name, `${name}_upper`], `${name}_below`),
      node('And', [`${name}_above`, `${name}_below`], `${name}_positions`),
    ],
    // Both outer bins end where finite numbers do: an infinite value has no position, as a NaN has none.
    constants: [
      tensor(`${name}_lower`, shape, [-largestFloat32, ...encoding.edges]),
      tensor(`${name}_upper`, shape, [...encoding.edges, Number.POSITIVE_INFINITY]),
    ],
  }
}

function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  ...attributes: readonly Uint8Array[]
): Uint8Array {
  return message(
    ...inputs.map((input) => stringField(1, input)),
    stringField(2, output),
    stringField(3, `${operator}_${output}`),
    stringField(4, operator),
    ...attributes.map((attribute) => bytesField(5, attribute)),
  )
}

function intField(name: string, value: number): Uint8Array {
  return message(stringField(1, name), numberField(3, value), numberField(20, intAttribute))
}

function tensor(name: string, dimensions: readonly number[], values: readonly number[]): Uint8Array {
  const raw = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => raw.writeFloatLE(value, index * 4))
  return message(
    ...dimensions.map((size) => numberField(1, size)),
    numberField(2, floatType),
    stringField(8, name),
    bytesField(9, raw),
  )
}

function columnOfFloats(name: string): Uint8Array {
  const shape = message(bytesField(1, stringField(2, 'batch')), bytesField(1, numberField(1, 1)))
  const type = message(numberField(1, floatType), bytesField(2, shape))
  return message(stringField(1, name), bytesField(2, bytesField(1, type)))
}

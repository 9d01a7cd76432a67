import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { StationHour } from '../world.ts'
import { featureNames } from './fit-logistic.ts'

/** The probability that an ONNX file gives for each hour, in their order. */
export async function score(modelPath: string, hours: readonly StationHour[]): Promise<Float64Array> {
  const session = await InferenceSession.create(modelPath, { intraOpNumThreads: 1 })
  try {
    const inputs = featureNames.map((name): [string, Tensor] => {
      const values = Float32Array.from(hours, (hour) => hour[name])
      return [name, new Tensor('float32', values, [hours.length, 1])]
    })
    const { probability } = await session.run(Object.fromEntries(inputs))
    if (probability === undefined) throw new Error(`${modelPath} has no output called "probability".`)
    return Float64Array.from(probability.data as Float32Array) // the graph says float32
  } finally {
    await session.release()
  }
}

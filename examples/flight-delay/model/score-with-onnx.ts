import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { FeatureColumns } from '../features/feature-columns.ts'
import { featureNames, sliceColumns } from '../features/feature-columns.ts'
import { outputName } from './write-onnx.ts'

const rowsPerRun = 8192

/** The probabilities a model file gives for the rows: the file that is served, not the model it was written from. */
export async function scoreWithOnnx(path: string, columns: FeatureColumns): Promise<Float64Array> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const scores = new Float64Array(columns.late.length)
  for (let from = 0; from < scores.length; from += rowsPerRun) {
    const part = sliceColumns(columns, from, Math.min(scores.length, from + rowsPerRun))
    const feeds = featureNames.map(
      (name) => [name, new Tensor('float32', part.features[name], [part.late.length, 1])] as const,
    )
    const answer = await session.run(Object.fromEntries(feeds))
    const output = answer[outputName]?.data
    if (!(output instanceof Float32Array)) throw new Error(`${path} has no float output "${outputName}".`)
    scores.set(output, from)
  }
  await session.release()
  return scores
}

import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { featureNames, joinColumns, emptyColumns, type FeatureColumns } from '../features/feature-columns.ts'
import { randomColumns } from '../testing/random-columns.ts'
import { predict } from './logistic-model.ts'
import { trainLogistic } from './train-logistic.ts'
import { outputName, writeOnnx } from './write-onnx.ts'

const trained = trainLogistic(randomColumns(20_000, 1))

async function served(columns: FeatureColumns): Promise<Float32Array> {
  const session = await InferenceSession.create(writeOnnx(trained), { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const shape = [columns.late.length, 1]
  const feeds = Object.fromEntries(
    featureNames.map((name) => [name, new Tensor('float32', columns.features[name], shape)]),
  )
  const output = (await session.run(feeds))[outputName]
  await session.release()
  if (output === undefined || !(output.data instanceof Float32Array))
    throw new Error('The graph gave no float32 probability.')
  expect(output.dims).toEqual(shape)
  return output.data
}

/**
 * Rows in which one feature after the other takes the values where a mistake would show: edges, their neighbours, and
 * values that no flight has.
 */
function edgeRows(): FeatureColumns {
  const floatStep = 2 ** -23
  const values = featureNames.flatMap((name) => {
    const { encoding } = trained.model.features[name]
    const special = encoding.kind === 'bins' ? encoding.edges : [encoding.first, encoding.first + encoding.count - 1]
    const around = special.flatMap((value) => [value, value * (1 + floatStep), value * (1 - floatStep)])
    return [...around, -1, 0, -0, 0.5, 24, 1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
      (value) => ({ name, value }),
    )
  })
  const rows = joinColumns([randomColumns(values.length, 3)])
  values.forEach(({ name, value }, row) => {
    rows.features[name][row] = value
  })
  return rows
}

describe('the ONNX file', () => {
  it('gives the same probabilities in ONNX Runtime as the model in TypeScript, on random and on edge rows', async () => {
    const rows = joinColumns([randomColumns(5_000, 2), edgeRows()])
    const probabilities = await served(rows)
    const expected = predict(trained.model, rows.features)
    const furthest = expected.reduce(
      (max, value, row) => Math.max(max, Math.abs(value - (probabilities[row] ?? Number.NaN))),
      0,
    )
    expect(furthest).toBeLessThan(1e-6)
    expect(probabilities).toHaveLength(expected.length)
  })

  it('takes any number of rows, none included', async () => {
    expect(await served(randomColumns(1, 5))).toHaveLength(1)
    expect(await served(emptyColumns(0))).toHaveLength(0)
  })

  it('declares the five features as inputs and the probability as output', async () => {
    const session = await InferenceSession.create(writeOnnx(trained))
    expect(session.inputNames).toEqual([...featureNames])
    expect(session.outputNames).toEqual([outputName])
    expect(session.inputMetadata).toMatchObject(
      featureNames.map((name) => ({ name, type: 'float32', shape: ['batch', 1] })),
    )
    await session.release()
  })

  it('is the same file for the same model, and says when the labels were shuffled', () => {
    expect(Buffer.compare(writeOnnx(trained), writeOnnx(trained))).toBe(0)
    const shuffled = trainLogistic(randomColumns(1_000, 1), { shuffleLabels: { seed: 4 } })
    expect(Buffer.from(writeOnnx(shuffled)).includes('shuffled on purpose, seed 4')).toBe(true)
  })
})

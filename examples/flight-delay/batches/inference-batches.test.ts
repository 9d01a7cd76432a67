import { describe, expect, it } from 'vitest'
import { featureNames, type FeatureColumns } from '../features/feature-columns.ts'
import { randomColumns } from '../testing/random-columns.ts'
import { inferenceBatch, inferenceBatches, type InferenceBatch } from './inference-batches.ts'

const flights = randomColumns(1_000, 1)

interface Request {
  id?: string
  inputs: {
    name: string
    shape: number[]
    datatype: string
    data?: number[]
    parameters?: { binary_data_size: number }
  }[]
}

function headerOf(batch: InferenceBatch): { header: Request; tensors: Buffer } {
  const body = Buffer.from(batch.body)
  const headerBytes = Number(batch.headers['inference-header-content-length'] ?? body.byteLength)
  // The bytes are what the code under test wrote; the assertions below check their shape.
  return { header: JSON.parse(body.toString('utf8', 0, headerBytes)) as Request, tensors: body.subarray(headerBytes) }
}

describe('inference batches', () => {
  it('carry every row once, in order, with the labels and times to be sent later', async () => {
    const batches = await Array.fromAsync(inferenceBatches([flights], { rowsPerBatch: 32, format: 'json' }))
    expect(batches.map((batch) => batch.rowCount)).toEqual([...Array.from({ length: 31 }, () => 32), 8])
    expect(batches.flatMap((batch) => [...batch.flightId])).toEqual([...flights.flightId])
    expect(batches.flatMap((batch) => [...batch.late])).toEqual([...flights.late])
    expect(batches.flatMap((batch) => [...batch.eventTimeMs])).toEqual([...flights.eventTimeMs])
  })

  it('write JSON whose numbers are the float32 features exactly', () => {
    const batch = inferenceBatch(flights, { format: 'json', requestIdPrefix: 'may' })
    const { header } = headerOf(batch)
    expect(header.id).toBe('may-0')
    expect(header.inputs.map(({ name, shape, datatype }) => ({ name, shape, datatype }))).toEqual(
      featureNames.map((name) => ({ name, shape: [1_000, 1], datatype: 'FP32' })),
    )
    for (const input of header.inputs)
      expect(Float32Array.from(input.data ?? [])).toEqual(featureOf(flights, input.name))
  })

  it('write binary tensors in the order of the header, little-endian, event times as INT64', () => {
    const batch = inferenceBatch(flights, { format: 'binary', eventTimeInput: 'event_time_ms' })
    const { header, tensors } = headerOf(batch)
    const sizes = header.inputs.map(({ parameters }) => parameters?.binary_data_size ?? 0)
    const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0))
    expect(sizes).toEqual([4_000, 4_000, 4_000, 4_000, 4_000, 8_000])
    expect(tensors.byteLength).toBe(28_000)
    featureNames.forEach((name, index) => {
      expect(header.inputs[index]?.name).toBe(name)
      expect(tensors.readFloatLE((starts[index] ?? 0) + 4)).toBe(flights.features[name][1])
    })
    expect(header.inputs[5]).toMatchObject({ name: 'event_time_ms', datatype: 'INT64', shape: [1_000, 1] })
    expect(tensors.readBigInt64LE((starts[5] ?? 0) + 8)).toBe(BigInt(flights.eventTimeMs[1] ?? 0))
    expect(header.inputs.map(({ data }) => data)).toEqual(Array.from({ length: 6 }, () => undefined))
    expect(batch.requestId).toBeNull()
    expect(header).not.toHaveProperty('id')
  })
})

function featureOf(columns: FeatureColumns, name: string): Float32Array | undefined {
  const feature = featureNames.find((candidate) => candidate === name)
  return feature === undefined ? undefined : columns.features[feature]
}

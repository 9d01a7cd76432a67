import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@millrace/kernel/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makePredictionId } from '../../model/prediction-id.ts'
import type { SpoolBatch, SpoolStream } from './spool-record.ts'
import { decodeRecords, encodeBatch, encodeStream } from './spool-record.ts'
import { createSpoolWriter } from './spool-writer.ts'

const stream: SpoolStream = {
  workspace: 'default',
  endpoint: 'e',
  deploymentId: 'dep_1',
  versionId: 'ver_1',
  version: 1,
  role: 'champion',
  rollout: null,
  inputs: [
    { name: 'x', datatype: 'FP32', width: 2 },
    { name: 's', datatype: 'BYTES', width: 1 },
    { name: 'n', datatype: 'INT64', width: 1 },
  ],
  outputs: [{ name: 'p', datatype: 'FP64', width: 1 }],
}

function aBatch(seed: number, rowsOf: readonly number[], texts: readonly string[], failed = false): SpoolBatch {
  const rows = rowsOf.reduce((sum, count) => sum + count, 0)
  return {
    loggedAtMs: 1_700_000_000_000 + seed,
    status: failed ? 500 : 200,
    requests: rowsOf.map((count, index) => ({
      id: makePredictionId(
        seed,
        'abcd',
        Uint8Array.from({ length: 12 }, () => index),
      ),
      rows: count,
      latencyUs: seed,
      ...(seed % 3 === 0 ? {} : { caller: `anna-lü ${(seed + index) % 2}` }),
      ...((seed + index) % 5 === 0 ? { traceId: '4bf92f3577b34da6a3ce929d0e0e4736' } : {}),
    })),
    eventTimesMs: Float64Array.from({ length: rows }, (_, row) => row * 1000 + seed),
    inputs: [
      Float32Array.from({ length: rows * 2 }, (_, at) => at + seed),
      Array.from({ length: rows }, (_, row) => texts[row % texts.length] ?? ''),
      BigInt64Array.from({ length: rows }, () => BigInt(seed)),
    ],
    outputs: failed ? undefined : [Float64Array.from({ length: rows }, (_, row) => row / 7)],
  }
}

const batches = fc.array(
  fc.record({
    seed: fc.nat({ max: 1e6 }),
    rowsOf: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
    texts: fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 3 }),
    failed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)

describe('a prediction log file', () => {
  it('reads back what was written, whatever the rows', () => {
    fc.assert(
      fc.property(batches, (wishes) => {
        const written = wishes.map(({ seed, rowsOf, texts, failed }) => aBatch(seed, rowsOf, texts, failed))
        const bytes = Buffer.concat([encodeStream(1, stream), ...written.map((batch) => encodeBatch(1, batch))])
        const read = decodeRecords(bytes, new Map())
        expect(read.readBytes).toBe(bytes.length)
        expect(read.batches).toEqual(written.map((batch) => ({ stream, ...batch })))
      }),
    )
  })
  it('ends before a record that was cut off or damaged, and never gives a wrong one', () => {
    fc.assert(
      fc.property(batches, fc.nat(), fc.boolean(), (wishes, place, cut) => {
        const written = wishes.map(({ seed, rowsOf, texts }) => aBatch(seed, rowsOf, texts))
        const records = [encodeStream(1, stream), ...written.map((batch) => encodeBatch(1, batch))]
        const bytes = Buffer.concat(records)
        const at = place % bytes.length
        const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes)
        if (!cut) damaged.writeUInt8(damaged.readUInt8(at) ^ 0x55, at)
        let whole = 0
        let end = 0
        for (const record of records) {
          end += record.length
          if (end > at) break
          whole += 1
        }
        const read = decodeRecords(damaged, new Map())
        expect(read.batches.length).toBeGreaterThanOrEqual(Math.max(0, whole - 1))
        expect(read.batches).toEqual(written.slice(0, read.batches.length).map((batch) => ({ stream, ...batch })))
      }),
    )
  })
  it('can be read on from where a reading ended', () => {
    const records = [
      encodeStream(1, stream),
      encodeBatch(1, aBatch(1, [1], ['a'])),
      encodeBatch(1, aBatch(2, [2], ['b'])),
    ]
    const bytes = Buffer.concat(records)
    const streams = new Map()
    const first = decodeRecords(bytes.subarray(0, bytes.length - 3), streams)
    expect(first.batches).toHaveLength(1)
    expect(decodeRecords(bytes.subarray(first.readBytes), streams).batches).toMatchObject([
      { loggedAtMs: 1_700_000_000_002 },
    ])
  })
})

describe('writing the log', () => {
  const open = async (segmentBytes?: number) => {
    const folder = join(await temporaryFolder(), 'spool')
    const closed = { times: 0 }
    const writer = createSpoolWriter({
      folder,
      nowMs: () => 1000,
      onClosed: () => void (closed.times += 1),
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
    })
    return { folder, writer, closed }
  }

  it('describes each stream once per file and closes files that are large enough', async () => {
    const { folder, writer, closed } = await open(600)
    for (let index = 0; index < 6; index += 1) writer.append('a', stream, aBatch(index, [1], ['x']))
    writer.close()
    const names = (await readdir(folder)).toSorted()
    expect(names.length).toBe(closed.times)
    const read = await Promise.all(
      names.map(async (name) => decodeRecords(await readFile(join(folder, name)), new Map()).batches),
    )
    expect(read.flat().map(({ loggedAtMs }) => loggedAtMs - 1_700_000_000_000)).toEqual([0, 1, 2, 3, 4, 5])
  })
  it('has every appended batch on disk before it returns, also when nothing is closed', async () => {
    const { folder, writer } = await open()
    writer.append('a', stream, aBatch(1, [2], ['x']))
    const [name = ''] = await readdir(folder)
    expect(decodeRecords(await readFile(join(folder, name)), new Map()).batches).toHaveLength(1)
    await appendFile(join(folder, name), Buffer.from([9, 9, 9]))
    expect(decodeRecords(await readFile(join(folder, name)), new Map()).batches).toHaveLength(1)
    writer.close()
  })
})

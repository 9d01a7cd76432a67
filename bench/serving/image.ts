import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mlpModel } from '@millrace/adapter-onnx-runtime/testing'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { planeEndpoint, planeSide, startPlane } from './plane-side.ts'
import { measureSide } from './sides.ts'

// 192 pictures of 28 × 28 (602 KB) as one binary tensor through an MLP 784-512-256-10, at one connection, beside onnxruntime's own time
// for the same tensor in a process that does nothing else. Usage: image.ts [seconds]
const seconds = Number(process.argv[2] ?? 4)
const rows = 192

async function ownTimeMs(path: string, x: Float32Array): Promise<number> {
  const session = await InferenceSession.create(readFileSync(path), { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const times: number[] = []
  for (let round = 0; round < 300; round += 1) {
    const startedAt = performance.now()
    await session.run({ x: new Tensor('float32', x, [rows, 784]) })
    times.push(performance.now() - startedAt)
  }
  return times.toSorted((a, b) => a - b)[150] ?? Number.NaN
}

await withScratch(async (folder) => {
  const path = join(folder, 'mlp.onnx')
  writeFileSync(path, mlpModel([784, 512, 256, 10]))
  const x = Float32Array.from({ length: rows * 784 }, (_value, at) => Math.sin(at))
  const raw = Buffer.from(x.buffer)
  const head = Buffer.from(
    JSON.stringify({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 784], parameters: { binary_data_size: raw.length } }],
      parameters: { binary_data_output: true },
    }),
  )
  const plane = await startPlane(folder)
  const logged = planeEndpoint('logged', [path], [[1, 'champion', 100]])
  await plane.apply([
    logged,
    { ...logged, id: 'end_unlogged', name: 'unlogged', logging: { enabled: false, sampleRate: 1, redact: [] } },
  ])
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.length) }
  const body = Buffer.concat([head, raw])
  const before = await ownTimeMs(path, x)
  const results: [string, number, number][] = []
  for (const name of ['unlogged', 'logged']) {
    const { p50Ms, p99Ms } = await measureSide(planeSide(plane, name), { body, connections: 1, seconds, headers })
    results.push([name, p50Ms, p99Ms])
  }
  const own = (before + (await ownTimeMs(path, x))) / 2
  await plane.stop()
  report(
    `MLP 784-512-256-10, ${rows} rows (${(raw.length / 1000).toFixed(0)} KB) as a binary tensor, one connection`,
    ['what', 'p50', 'p99', 'of onnxruntime’s own time'],
    [
      ['onnxruntime alone', milliseconds(own), '', '1.00 ×'],
      ...results.map(([name, p50Ms, p99Ms]) => [
        `Millrace, ${name}`,
        milliseconds(p50Ms),
        milliseconds(p99Ms),
        `${(p50Ms / own).toFixed(2)} ×`,
      ]),
    ],
  )
})

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { count, milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { planeEndpoint, planeSide, startPlane } from './plane-side.ts'
import { iris, startRival } from './rivals.ts'
import type { Side, SideResult } from './sides.ts'
import { measureSide, thenStop } from './sides.ts'

// The same scikit-learn model, one row per request, one Python process: ours in a supervised worker (as joblib, prediction log on) beside
// servers that run it in their own. Usage: python.ts [seconds] [rival,…|none]
const seconds = Number(process.argv[2] ?? 4)
const asked = process.argv[3] ?? 'fastapi-sklearn,mlserver'
const rivals = asked === 'none' ? [] : asked.split(',')
const python =
  process.env['MILLRACE_TEST_PYTHON'] ?? fileURLToPath(new URL('../../.toolchain/python/bin/python', import.meta.url))
const program = fileURLToPath(new URL('rivals/iris_model.py', import.meta.url))
const results: { connections: number; name: string; result: SideResult }[] = []

async function measure(side: Side, body: Uint8Array): Promise<void> {
  for (const connections of [1, 32]) {
    results.push({ connections, name: side.name, result: await measureSide(side, { body, connections, seconds }) })
  }
}

await withScratch(async (folder) => {
  const path = join(folder, 'model.joblib')
  execFileSync(python, [program, path])
  const plane = await startPlane(folder)
  await thenStop(plane, async () => {
    const source = { format: 'python', loader: 'pickle', python, trusted: true, path } as const
    await plane.apply([planeEndpoint('sklearn', [source], [[1, 'champion', 100]])])
    await measure({ ...planeSide(plane, 'sklearn'), name: 'Millrace, Python worker' }, ours())
  })
  for (const name of rivals) {
    const rival = await startRival(name, folder)
    await thenStop(rival, () => measure(rival, iris(rival.form)))
  }
})

/** The flower as the worker's signature has it. */
function ours(): Buffer {
  const data = [5.1, 3.5, 1.4, 0.2]
  return Buffer.from(JSON.stringify({ inputs: [{ name: 'input-0', datatype: 'FP64', shape: [1, 4], data }] }))
}

const rows = [32, 1].flatMap((connections) => {
  const of = results.filter((one) => one.connections === connections)
  const own = of[0]?.result.perSecond ?? Number.NaN
  return of.map(({ name, result }) => [
    String(connections),
    name,
    count(result.perSecond),
    milliseconds(result.p50Ms),
    milliseconds(result.p99Ms),
    result.cpuUs.toFixed(0),
    `${(own / result.perSecond).toFixed(2)} ×`,
    result.failures === 0 ? '' : `${result.failures} failed`,
  ])
})
report(
  `scikit-learn, one row per request, ${seconds} s each after a warm-up; the load generator shares the machine`,
  ['connections', 'server', 'requests/s', 'p50', 'p99', 'CPU µs/request', 'Millrace is', ''],
  rows,
)

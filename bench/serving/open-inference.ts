import { features } from '../harness/a-served-model.ts'
import { count, milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import type { Side, SideResult } from './sides.ts'
import { measureSide, startEcho, startOurs, thenStop } from './sides.ts'
import { iris, rivalNames, startRival } from './rivals.ts'

// One row per request, Open Inference JSON, in turn: a bare node:http echo of the same body, Millrace with its prediction
// log on and off, and rivals that run the same kind of model. Usage: open-inference.ts [seconds] [rival,…|none|all]
const seconds = Number(process.argv[2] ?? 4)
const asked = process.argv[3] ?? 'none'
const rivals = asked === 'all' ? rivalNames : asked === 'none' ? [] : asked.split(',')

const inputs = features.map((name, at) => ({ name, datatype: 'FP32', shape: [1, 1], data: [at / 10] }))
const body = Buffer.from(JSON.stringify({ inputs }))
const results: { connections: number; name: string; result: SideResult }[] = []

async function measure(side: Side, sideBody: Uint8Array = body): Promise<void> {
  for (const connections of [1, 32]) {
    const result = await measureSide(side, { body: sideBody, connections, seconds })
    results.push({ connections, name: side.name, result })
  }
}

await withScratch(async (folder) => {
  const echo = await startEcho()
  await thenStop(echo, () => measure(echo))
  const ours = await startOurs(folder)
  await thenStop(ours, async () => {
    await measure(ours.at('logged'))
    await measure(ours.at('unlogged'))
  })
  for (const name of rivals) {
    const rival = await startRival(name, folder)
    await thenStop(rival, () => measure(rival, iris(rival.form)))
  }
})

const rows = [32, 1].flatMap((connections) => {
  const of = results.filter((one) => one.connections === connections)
  const own = of.find(({ name }) => name === 'Millrace, logged')?.result
  return of.map(({ name, result }) => [
    String(connections),
    name,
    count(result.perSecond),
    milliseconds(result.p50Ms),
    milliseconds(result.p99Ms),
    result.cpuUs.toFixed(0),
    own === undefined ? '' : `${(own.perSecond / result.perSecond).toFixed(2)} ×`,
    result.failures === 0 ? '' : `${result.failures} failed`,
  ])
})
report(
  `One row per request, Open Inference JSON, ${seconds} s each after a warm-up; the load generator shares the machine`,
  ['connections', 'server', 'requests/s', 'p50', 'p99', 'CPU µs/request', 'logged Millrace is', ''],
  rows,
)

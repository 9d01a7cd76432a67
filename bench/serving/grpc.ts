import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { features } from '../harness/a-served-model.ts'
import { cpuOf } from '../harness/process-cpu.ts'
import { count, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { checkInfer, inferMessage, inferPath } from './infer-message.ts'
import { planeEndpoint, startPlane, writeModel } from './plane-side.ts'
import { startRival } from './rivals.ts'
import { thenStop } from './sides.ts'

// Open Inference by gRPC, one row per request, raw contents, by nghttp2's h2load: ours with its prediction log on, MLServer beside.
// Usage: grpc.ts [seconds] [mlserver|none]
const seconds = Number(process.argv[2] ?? 4)
const rivals = (process.argv[3] ?? 'mlserver') === 'none' ? [] : ['mlserver']
const results: string[][] = []

await withScratch(async (folder) => {
  const grpcPort = await freePort()
  const plane = await startPlane(folder, { grpcPort })
  await thenStop(plane, async () => {
    await plane.apply([planeEndpoint('plain', [writeModel(folder, 1)], [[1, 'champion', 100]])])
    const message = inferMessage(
      'plain',
      features.map((name, at) => ({ name, values: [at / 10] })),
    )
    await measure({ name: 'Millrace, logged', pid: plane.pid, port: grpcPort }, message, folder)
  })
  for (const name of rivals) {
    const rival = await startRival(name, folder)
    const message = inferMessage('iris', [{ name: 'x', values: [5.1, 3.5, 1.4, 0.2] }])
    const port = Number(new URL(rival.url).port) + 1
    await thenStop(rival, () => measure({ name: rival.name, pid: rival.pid, port }, message, folder))
  }
})

interface GrpcSide {
  readonly name: string
  readonly pid: number
  readonly port: number
}

async function measure({ name, pid, port }: GrpcSide, message: Buffer, folder: string): Promise<void> {
  const url = `http://127.0.0.1:${port}`
  await checkInfer(url, message)
  const file = join(folder, 'message')
  writeFileSync(file, message)
  for (const [connections, streams] of [
    [1, 1],
    [4, 8],
  ] as const) {
    const load = () => h2load(url, file, connections, streams)
    await load()
    const before = cpuOf(pid).seconds
    const said = await load()
    const cpuSeconds = cpuOf(pid).seconds - before
    const [, done = '0', failed = '0'] = /(\d+) succeeded, (\d+) failed/.exec(said) ?? []
    const [, mean = '?'] = /time for request:\s+\S+\s+\S+\s+(\S+)/.exec(said) ?? []
    const cpuUs = (cpuSeconds / Math.max(1, Number(done))) * 1e6
    const perSecond = count(Number(done) / seconds)
    results.push([`${connections} × ${streams}`, name, perSecond, mean, cpuUs.toFixed(0), failed])
  }
}

/** Without blocking: this process answers what the data plane asks of control. */
async function h2load(url: string, file: string, connections: number, streams: number): Promise<string> {
  const headers = ['content-type: application/grpc', 'te: trailers'].flatMap((header) => ['-H', header])
  const many = ['-c', String(connections), '-m', String(streams), '-D', String(seconds)]
  const { stdout } = await promisify(execFile)('h2load', [...many, '-d', file, ...headers, `${url}${inferPath}`])
  return stdout
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port.')
  return address.port
}

report(
  `Open Inference gRPC, one row per request, ${seconds} s each after a warm-up; h2load shares the machine`,
  ['connections × streams', 'server', 'requests/s', 'mean', 'CPU µs/request', 'failed'],
  results,
)

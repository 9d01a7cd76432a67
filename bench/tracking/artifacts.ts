import { Agent } from 'node:http'
import { count, milliseconds, report } from '../harness/report.ts'
import { residentBytes } from '../harness/resident-bytes.ts'
import { withScratch } from '../harness/scratch.ts'
import { getBytes, getLarge, putBytes, putLarge } from './artifact-client.ts'
import type { Side } from './sides.ts'
import { ask, inTurn, makeRuns } from './sides.ts'

// One large file and many small ones, up and down through the artifact proxy of both servers in turn.
// Usage: artifacts.ts [bytes of the large file] [number of small files]
const largeBytes = Number(process.argv[2] ?? 1 << 30)
const smallFiles = Number(process.argv[3] ?? 10_000)
const smallBytes = 4096
const connections = 8
const rounds = 3

interface Measured {
  readonly upPerSecond: number
  readonly downPerSecond: number
  readonly smallUpPerSecond: number
  readonly smallDownPerSecond: number
  /** Of a small read, asked again and again while the large file goes up and down. */
  readonly readP99Ms: number
  /** What the server's processes took more than before, at most. */
  readonly grewBytes: number
  readonly sample: string
}

async function measure(side: Side): Promise<Measured> {
  const { experiment, runs } = await makeRuns(side, 1)
  const run = runs[0] ?? ''
  const at = (path: string) => `/api/2.0/mlflow-artifacts/artifacts/${experiment}/${run}/artifacts/${path}`
  await putLarge(side, at('warm'), 64 << 20)
  await getLarge(side, at('warm'))
  const before = await residentBytes(side.pid)
  const watch = watchReads(side, experiment)
  const up: number[] = []
  const down: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    up.push(await secondsOf(() => putLarge(side, at(`large-${round}`), largeBytes)))
    down.push(await secondsOf(() => getLarge(side, at(`large-${round}`), largeBytes)))
  }
  const { p99Ms, mostBytes } = await watch.end()
  const small = await smallOnes(side, at)
  const agent = new Agent()
  const sample = (await getBytes(side, agent, at('large-0'), 'bytes=1048570-1048585')).toString('hex')
  agent.destroy()
  return {
    upPerSecond: largeBytes / median(up),
    downPerSecond: largeBytes / median(down),
    smallUpPerSecond: smallFiles / small.up,
    smallDownPerSecond: smallFiles / small.down,
    readP99Ms: p99Ms,
    grewBytes: Math.max(0, mostBytes - before),
    sample: sample + small.sample,
  }
}

async function smallOnes(
  side: Side,
  at: (path: string) => string,
): Promise<{ up: number; down: number; sample: string }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const bytesOf = (number: number) => Buffer.alloc(smallBytes, `file ${number} `)
  const path = (number: number) => at(`small/${number % 100}/${number}.bin`)
  const up = await secondsOf(() => eachOf(smallFiles, (number) => putBytes(side, agent, path(number), bytesOf(number))))
  const down = await secondsOf(() =>
    eachOf(smallFiles, (number) => getBytes(side, agent, path(number)).then(() => undefined)),
  )
  const sample = (await getBytes(side, agent, path(7))).subarray(0, 16).toString()
  agent.destroy()
  return { up, down, sample }
}

async function eachOf(total: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0
  const one = async () => {
    while (next < total) await work(next++)
  }
  await Promise.all(Array.from({ length: connections }, one))
}

/** Asks for an experiment every ten milliseconds, and looks at the memory now and then. */
function watchReads(side: Side, experiment: string) {
  const tookMs: number[] = []
  let mostBytes = 0
  const state = { going: true }
  const reads = (async () => {
    while (state.going) {
      const startedAt = performance.now()
      await ask(side, 'GET', `experiments/get?experiment_id=${experiment}`)
      tookMs.push(performance.now() - startedAt)
      if (tookMs.length % 20 === 0) mostBytes = Math.max(mostBytes, await residentBytes(side.pid))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  return {
    end: async () => {
      state.going = false
      await reads
      const sorted = tookMs.toSorted((a, b) => a - b)
      return { p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0, mostBytes }
    },
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

await withScratch(async () => {
  const { ours, theirs, rival } = await inTurn('sqlite', measure)
  if (ours.sample !== theirs.sample) throw new Error('The two servers gave back different bytes.')
  const speed = (value: number) => `${count(value / 1e6)} MB/s`
  const rate = (value: number) => `${count(value)} /s`
  const row = (
    what: string,
    of: (side: Measured) => number,
    write: (value: number) => string,
    lowerIsBetter = false,
  ) => {
    const [own, other] = [of(ours), of(theirs)]
    return [what, write(own), write(other), `${(lowerIsBetter ? other / own : own / other).toFixed(1)} ×`]
  }
  const large = `${count(largeBytes / 1e6)} MB`
  report(
    `Artifacts through the proxy: Millrace (accounts, audit, digests, synced to disk) beside ${rival} (none of them); same bytes checked`,
    ['what', 'Millrace', 'mlflow', 'ratio'],
    [
      row(`${large} up`, (side) => side.upPerSecond, speed),
      row(`${large} down`, (side) => side.downPerSecond, speed),
      row(`${count(smallFiles)} files of 4 KiB up`, (side) => side.smallUpPerSecond, rate),
      row(`${count(smallFiles)} files of 4 KiB down`, (side) => side.smallDownPerSecond, rate),
      row('p99 of a small read meanwhile', (side) => side.readP99Ms, milliseconds, true),
      row(
        'memory grew by at most',
        (side) => side.grewBytes,
        (value) => `${count(value / 1e6)} MB`,
        true,
      ),
    ],
  )
})

import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask } from '../../journeys/ask.ts'
import { connectAsk, must } from '../../journeys/ask.ts'
import { LatencyTally } from '../latency-tally.ts'
import { memoryMib, openHandles } from '../process-memory.ts'
import { experimentName } from '../writers/run-operations.ts'
import { Writer } from '../writers/writer.ts'

export interface SoakOptions {
  readonly url: string
  readonly pid: number
  readonly seed: number
  readonly seconds: number
}

export interface SoakResult {
  readonly writes: number
  readonly reads: number
  readonly writeP99Ms: number
  readonly readP99Ms: number
  /** Of the server and its children, at the end of each tenth. */
  readonly memoryMib: readonly number[]
  readonly handles: readonly number[]
  /** Reads that were not answered with 200. */
  readonly refused: readonly string[]
}

const writers = 8
const readers = 4
// Every writer waits this long between two bursts: a load that a small machine bears for hours.
const burstMs = 200
const pauseMs = 100

/** Lets writers and readers go on for a time, and looks at the server's memory and handles ten times. */
export async function runSoak({ url, pid, seed, seconds }: SoakOptions): Promise<SoakResult> {
  const path = '//api/2.0/mlflow/experiments/create'
  const { experiment_id: experiment } = await must<{ experiment_id: string }>(url, 'POST', path, {
    name: experimentName,
  })
  const crew = Array.from({ length: writers }, (_writer, at) => new Writer(at, experiment, seed))
  for (const writer of crew) await writer.prepare(url)
  const state = { ended: false, refused: new Set<string>() }
  const reading = Array.from({ length: readers }, () => read(url, experiment, crew, state))
  const writing = crew.map((writer) => write(writer, url, state))
  const memory: number[] = []
  const handles: number[] = []
  for (let tenth = 0; tenth < 10; tenth += 1) {
    await sleep(seconds * 100)
    memory.push(Math.round(memoryMib(pid)))
    handles.push(openHandles(pid))
  }
  state.ended = true
  await Promise.all(writing)
  const [writes, reads] = [new LatencyTally(), new LatencyTally()]
  for (const writer of crew) writes.addAll(writer.took)
  for (const tally of await Promise.all(reading)) reads.addAll(tally)
  return {
    writes: writes.count,
    reads: reads.count,
    writeP99Ms: writes.quantileMs(0.99),
    readP99Ms: reads.quantileMs(0.99),
    memoryMib: memory,
    handles,
    refused: [...state.refused].slice(0, 5),
  }
}

interface SoakState {
  ended: boolean
  readonly refused: Set<string>
}

async function write(writer: Writer, url: string, state: SoakState): Promise<void> {
  while (!state.ended) {
    const until = performance.now() + burstMs
    await writer.writeUntil(() => state.ended || performance.now() > until, url)
    if (writer.hasLostAnswer) throw new Error('The server hung up on a writer.')
    await sleep(pauseMs)
  }
}

async function read(url: string, experiment: string, crew: readonly Writer[], state: SoakState): Promise<LatencyTally> {
  const [ask, took]: [Ask, LatencyTally] = [connectAsk(1), new LatencyTally()]
  for (let number = 0; !state.ended; number += 1) {
    const run = crew[number % crew.length]?.runs.at(-1)
    const [method, path, body] = readOf(number, experiment, run?.id)
    const startedAt = performance.now()
    const answer = await ask(url, method, path, body)
    took.add(performance.now() - startedAt)
    if (answer.status !== 200) state.refused.add(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`)
    await sleep(5)
  }
  return took
}

/** What pages and clients ask for, in turn. */
function readOf(number: number, experiment: string, run: string | undefined): [string, string, object?] {
  const search = {
    experiment_ids: [experiment],
    filter: 'metrics.loss > 0.5',
    max_results: 50,
    order_by: ['metrics.loss'],
  }
  const reads: readonly [string, string, object?][] = [
    ['POST', '//api/2.0/mlflow/runs/search', search],
    ['GET', '/models?limit=50'],
    ['GET', '/experiments'],
    ['POST', '/runs/count', { experiments: [experimentName], query: 'metrics.loss < 0.2' }],
    ...(run === undefined
      ? []
      : ([
          ['GET', `/runs/${run}`],
          ['GET', `/runs/${run}/artifacts`],
          ['POST', '/runs/series', { runs: [run], keys: ['loss', 'b0'], buckets: 200 }],
        ] satisfies [string, string, object?][])),
  ]
  return reads[number % reads.length] ?? ['GET', '/experiments']
}

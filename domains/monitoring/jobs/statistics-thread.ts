import { Worker } from 'node:worker_threads'
import type { Distances, JointCounts } from '../model/drift.ts'
import type { StatisticsAnswer, StatisticsQuestion } from '../process/statistics-worker.ts'

interface Waiting {
  readonly resolve: (distances: readonly Distances[]) => void
  readonly reject: (error: Error) => void
}

/** Ends after this long without work, so that an idle server stays small. */
const idleMs = 10_000

/** Statistics in a thread of their own; it starts with the first question and ends when there are none. */
export class StatisticsThread {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #nextId = 1

  /** The distances of each pair of samples, in their order. */
  distancesOf(columns: readonly JointCounts[]): Promise<readonly Distances[]> {
    const id = this.#nextId
    this.#nextId += 1
    clearTimeout(this.#idle)
    const question: StatisticsQuestion = { id, columns }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#start().postMessage(question)
    })
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(new URL('../process/statistics-worker.ts', import.meta.url))
    worker.on('message', (answer: StatisticsAnswer) => this.#settle(answer))
    worker.on('error', (error) => this.#fail(worker, error))
    worker.on('exit', () => this.#fail(worker, new Error('The statistics thread ended while it worked.')))
    worker.unref()
    this.#worker = worker
    return worker
  }

  #settle(answer: StatisticsAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => void this.close(), idleMs).unref()
    if ('distances' in answer) waiting?.resolve(answer.distances)
    else waiting?.reject(new Error(answer.error))
  }

  #fail(worker: Worker, error: unknown): void {
    if (this.#worker === worker) this.#worker = undefined
    const cause = error instanceof Error ? error : new Error(String(error))
    for (const { reject } of this.#waiting.values()) reject(cause)
    this.#waiting.clear()
  }
}

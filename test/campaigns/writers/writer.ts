import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask } from '../../journeys/ask.ts'
import { connectAsk } from '../../journeys/ask.ts'
import { LatencyTally } from '../latency-tally.ts'
import { seeded } from '../seeded.ts'
import type { Operation } from './operation.ts'
import type { OwnState } from './other-operations.ts'
import { createVersion, moveAlias, registerData, sendChunk, startTrace } from './other-operations.ts'
import {
  createRunByKey,
  createRunByMlflow,
  logBatch,
  logMetric,
  logNatively,
  logParam,
  putArtifact,
  setTag,
} from './run-operations.ts'
import type { Point, RunState } from './run-state.ts'

const writesPerRun = 18

/** One of the writers: sends one write at a time and remembers what was acknowledged. */
export class Writer {
  readonly runs: RunState[] = []
  readonly own: OwnState
  /** Runs written to since the last check. */
  readonly touched = new Set<RunState>()
  acknowledged = 0
  readonly took = new LatencyTally()
  /** Refusals that say that nothing was written and to try again. */
  putOff = 0
  readonly #name: string
  readonly #experiment: string
  readonly #ask: Ask = connectAsk(1)
  readonly #random: () => number
  #number = 0
  #unanswered: Operation | undefined
  #planned: Operation[] = []

  constructor(number: number, experiment: string, seed: number) {
    this.#name = `w${number}`
    this.#experiment = experiment
    this.#random = seeded(seed * 1000 + number)
    const [model, dataset] = [`model-${this.#name}`, `data-${this.#name}`]
    const none = { versions: 0, champion: undefined, championMoves: 0 }
    this.own = { model, dataset, ...none, traces: new Map(), dataVersions: new Map() }
  }

  /** What every writer has to itself, before any crash. */
  async prepare(url: string): Promise<void> {
    for (const path of [`/models/${this.own.model}`, `/datasets/${this.own.dataset}`]) {
      const answer = await this.#ask(url, 'PUT', path, {})
      if (answer.status >= 300) throw new Error(`PUT ${path} answered ${answer.status}: ${answer.text}`)
    }
  }

  /** Writes until told to end, or until an answer is lost. Throws where a write is refused. */
  async writeUntil(ended: () => boolean, url: string): Promise<void> {
    while (!ended()) {
      const operation = this.#next()
      const startedAt = performance.now()
      const answer = await operation.send(this.#ask, url).catch(() => undefined)
      this.took.add(performance.now() - startedAt)
      if (answer === undefined) {
        this.#unanswered = operation
        return
      }
      if (answer.status === 503) {
        this.#planned.unshift(operation)
        this.putOff += 1
        await sleep(5)
      } else if (answer.status >= 300)
        throw new Error(`${operation.what} was answered ${answer.status}: ${answer.text}`)
      else {
        operation.accept(answer)
        this.acknowledged += 1
      }
    }
  }

  /** Finds out what became of the write whose answer was lost. */
  async resolve(url: string): Promise<string[]> {
    const lost = this.#unanswered
    this.#unanswered = undefined
    const fault = await lost?.resolve(this.#ask, url)
    return fault === undefined ? [] : [`${lost?.what ?? ''}: ${fault}`]
  }

  get hasLostAnswer(): boolean {
    return this.#unanswered !== undefined
  }

  #next(): Operation {
    const planned = this.#planned.shift()
    if (planned !== undefined) return planned
    this.#number += 1
    const run = this.runs.at(-1)
    if (run === undefined || this.#number % writesPerRun === 0) return this.#createRun()
    this.touched.add(run)
    const at = this.#random()
    return at < 0.72 ? this.#toRun(run, at / 0.72) : this.#toOthers(run, (at - 0.72) / 0.28)
  }

  #createRun(): Operation {
    const keep = (run: RunState) => {
      this.runs.push(run)
      this.touched.add(run)
    }
    const create = this.#random() < 0.5 ? createRunByMlflow : createRunByKey
    return create(this.#experiment, `${this.#name}-${this.#number}`, keep)
  }

  #toRun(run: RunState, at: number): Operation {
    const number = this.#number
    if (at < 0.3) return logMetric(run, { key: 'loss', step: number, value: this.#random() })
    if (at < 0.55) return logBatch(run, this.#batch())
    if (at < 0.7) return logNatively(run, this.#batch())
    if (at < 0.8) return logParam(run, `param-${number}`, `value ${number}`)
    if (at < 0.9) return setTag(run, 'state', `at ${number}`)
    const path = `files/f${number % 3}.txt`
    return putArtifact(this.#experiment, run, path, `${path} ${number}`, at < 0.95 ? 'us' : 'mlflow')
  }

  /** Twenty points of five metrics, two params and two tags, none of which was written before. */
  #batch() {
    const number = this.#number
    const points: Point[] = Array.from({ length: 20 }, (_point, at) => {
      return { key: `b${at % 5}`, step: number * 4 + Math.floor(at / 5), value: this.#random() - 0.5 }
    })
    const pairs = (kind: string) => ({ [`${kind}-${number}-0`]: `${number}`, [`${kind}-${number}-1`]: `${number}` })
    return { points, params: pairs('p'), tags: pairs('t') }
  }

  #toOthers(run: RunState, at: number): Operation {
    const { own } = this
    const id = `${this.#name}-${this.#number}`
    if (own.versions === 0 || at < 0.3) return createVersion(own, run.id)
    const version = 1 + Math.floor(this.#random() * own.versions)
    if (at < 0.6) return moveAlias(own, version, at < 0.45 ? 'us' : 'mlflow')
    if (at < 0.8) return startTrace(own, this.#experiment, id)
    const content = `${id} `.repeat(50)
    this.#planned.push(registerData(own, id, content))
    return sendChunk(own, content)
  }
}

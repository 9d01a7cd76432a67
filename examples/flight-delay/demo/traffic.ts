import type { ApiClient } from '@millrace/terminal'
import { inferenceBatch } from '../batches/inference-batches.ts'
import type { Day } from '../features/day.ts'
import { addDays, dayStartMs } from '../features/day.ts'
import type { FeatureColumns } from '../features/feature-columns.ts'
import { columnsOfDays, sliceColumns } from '../features/feature-columns.ts'
import type { KilometresFault } from '../features/kilometres-fault.ts'
import { readFeatures } from '../features/read-features.ts'

/** How many rows a request carries, by how many rows were sent before. */
export interface TrafficPlan {
  /** The first so many rows go one by one. */
  readonly singles: number
  /** Up to so many rows go in batches of `smallRows`. */
  readonly smallUntil: number
  readonly smallRows: number
  readonly largeRows: number
  readonly connections: number
}

/** What was sent and answered so far. */
export interface Tally {
  rows: number
  singleRows: number
  smallRows: number
  largeRows: number
  requests: number
  failed: number
  labelled: number
  readonly byVersion: Map<number, number>
}

interface Answered {
  readonly id: string
  readonly values: readonly number[]
}

/** Sends flights of whole days to the endpoint as they would have been asked for, and their truth a day later. */
export class Traffic {
  readonly tally: Tally = {
    rows: 0,
    singleRows: 0,
    smallRows: 0,
    largeRows: 0,
    requests: 0,
    failed: 0,
    labelled: 0,
    byVersion: new Map(),
  }
  readonly #api: ApiClient
  readonly #endpoint: string
  readonly #flightsPath: string
  readonly #plan: TrafficPlan
  #oneByOne = false

  constructor(api: ApiClient, endpoint: string, flightsPath: string, plan: TrafficPlan) {
    this.#api = api
    this.#endpoint = endpoint
    this.#flightsPath = flightsPath
    this.#plan = plan
  }

  /**
   * Sends the days [from, to). `until` is asked after each day and ends the traffic early. Returns the day after the
   * last one sent.
   */
  async send(range: { from: Day; to: Day; fault?: KilometresFault; until?: () => Promise<boolean> }): Promise<Day> {
    const { from, to, fault, until } = range
    // A rollout gives whole requests to one version or the other, so it learns from many small ones.
    this.#oneByOne = until !== undefined
    const columns = await readFeatures({
      flightsPath: this.#flightsPath,
      from,
      to,
      ...(fault === undefined ? {} : { fault }),
    })
    for (let day = from; day < to; day = addDays(day, 1)) {
      const answered = await this.#sendDay(columnsOfDays(columns, { from: day, to: addDays(day, 1) }))
      await this.#sendTruth(answered, dayStartMs(addDays(day, 1)))
      if (until !== undefined && (await until())) return addDays(day, 1)
    }
    return to
  }

  async #sendDay(day: FeatureColumns): Promise<Answered[]> {
    const answered: Answered[] = []
    const parts = this.#parts(day)
    const worker = async () => {
      for (let part = parts.next(); part.done !== true; part = parts.next()) {
        const one = await this.#sendPart(part.value)
        if (one !== undefined) answered.push(one)
      }
    }
    await Promise.all(Array.from({ length: this.#plan.connections }, worker))
    return answered
  }

  *#parts(day: FeatureColumns): Generator<FeatureColumns, undefined> {
    let at = 0
    let sent = this.tally.rows
    while (at < day.late.length) {
      const size = Math.min(this.#rowsFor(sent), day.late.length - at)
      yield sliceColumns(day, at, at + size)
      at += size
      sent += size
    }
    return undefined
  }

  #rowsFor(sent: number): number {
    if (this.#oneByOne || sent < this.#plan.singles) return 1
    return sent < this.#plan.smallUntil ? this.#plan.smallRows : this.#plan.largeRows
  }

  async #sendPart(part: FeatureColumns): Promise<Answered | undefined> {
    const batch = inferenceBatch(part, {
      format: part.late.length > 64 ? 'binary' : 'json',
      eventTimeInput: 'event_time_ms',
    })
    this.#count(part.late.length)
    const response = await fetch(`${this.#api.url}/v2/models/${this.#endpoint}/infer`, {
      method: 'POST',
      headers: batch.headers,
      body: batch.body as Uint8Array<ArrayBuffer>, // made from a Buffer of its own, never a shared one
    })
    if (!response.ok) {
      this.tally.failed += 1
      await response.body?.cancel()
      return undefined
    }
    const answer = (await response.json()) as { id: string; parameters: { version: number } } // Open Inference, and our parameters
    const { version } = answer.parameters
    this.tally.byVersion.set(version, (this.tally.byVersion.get(version) ?? 0) + batch.rowCount)
    return { id: answer.id, values: Array.from(batch.late) }
  }

  #count(rows: number): void {
    const { tally } = this
    tally.rows += rows
    tally.requests += 1
    if (rows === 1) tally.singleRows += 1
    else if (rows <= this.#plan.smallRows) tally.smallRows += rows
    else tally.largeRows += rows
  }

  async #sendTruth(answered: readonly Answered[], receivedEventTimeMs: number): Promise<void> {
    const { rows } = await this.#api.post<{ rows: number }>(`/endpoints/${this.#endpoint}/ground-truth`, {
      batches: answered,
      receivedEventTimeMs,
    })
    this.tally.labelled += rows
  }
}

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Runtime } from '@millrace/kernel'
import type { PredictionSource } from '../jobs/prediction-source.ts'

/** Rows of one deployment in a span of event time, as SQL over `i` (0, 1, 2, …) and the hash `u` (uniform in 0..1). */
export interface FakeRows {
  readonly fromMs: number
  readonly toMs: number
  readonly rows: number
  /** `{ distance: '100 + i % 900' }` */
  readonly inputs: Readonly<Record<string, string>>
  /** The score; default `0.2`. */
  readonly score?: string
  readonly role?: string
  readonly version?: number
}

interface File {
  readonly path: string
  readonly fromMs: number
  readonly toMs: number
}

/** A prediction log as model-serving keeps it: Parquet files below the data directory, one for each call. */
export class FakePredictions implements PredictionSource {
  readonly #runtime: Runtime
  readonly #predictions: File[] = []
  readonly #labels: string[] = []
  #watermarkMs: number | undefined
  #sequence = 0
  reads = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  async add(rows: FakeRows): Promise<void> {
    const { fromMs, toMs, inputs, score = '0.2', role = 'champion', version = 1 } = rows
    const path = await this.#nextPath('predictions')
    const columns = Object.entries(inputs).map(([name, sql]) => `(${sql}) as "in.${name}"`)
    const stepMs = Math.floor((toMs - fromMs) / rows.rows)
    await this.#runtime.analytics.rows(`copy (
      select 'pred_${fromMs}_${version}.' || i as prediction_id, 'dep_${version}' as deployment_id, 'ver_${version}' as version_id,
        ${version}::integer as version, '${role}' as role, (${fromMs} + i * ${stepMs})::bigint as event_time_ms,
        ${columns.join(', ')}, (${score})::float as "out.probability"
      from (select i, (hash(i + ${fromMs % 1_000_003}) % 1000003) / 1000003.0 as u from range(${rows.rows}) t(i))
    ) to '${path}' (format parquet)`)
    this.#predictions.push({ path, fromMs, toMs })
    this.#watermarkMs = Math.max(this.#watermarkMs ?? fromMs, fromMs + (rows.rows - 1) * stepMs)
  }

  /** Ground truth for the rows that `add` wrote for `fromMs`, as SQL over `i`: for the first `rows` of them. */
  async label(fromMs: number, rows: number, value: string, version = 1): Promise<void> {
    const path = await this.#nextPath('labels')
    this.#sequence += 1
    await this.#runtime.analytics.rows(`copy (
      select 'pred_${fromMs}_${version}.' || i as prediction_id, (${value})::double as value, ${fromMs}::bigint as event_time_ms,
        0::bigint as received_at_ms, ${this.#sequence}::bigint as sequence from range(${rows}) t(i)
    ) to '${path}' (format parquet)`)
    this.#labels.push(path)
  }

  async predictionWindow(of: { readonly fromMs: number; readonly toMs: number }) {
    this.reads += 1
    const files = this.#predictions.filter(({ fromMs, toMs }) => fromMs < of.toMs && toMs > of.fromMs)
    return { predictions: files.map(({ path }) => path), labels: files.length === 0 ? [] : [...this.#labels] }
  }

  async watermark(): Promise<number | undefined> {
    return this.#watermarkMs
  }

  async #nextPath(kind: string): Promise<string> {
    const folder = join(this.#runtime.dataDir, 'fake-serving')
    await mkdir(folder, { recursive: true })
    return join(folder, `${kind}-${this.#predictions.length + this.#labels.length}.parquet`)
  }
}

import type { logModelMetrics, MetricBatch } from '@millrace/experiment-tracking'
import { MetricBatchBuilder, toWide } from '@millrace/experiment-tracking'
import type { CallOf } from '@millrace/contract'
import type { Message } from '../../wire/message.ts'
import { float, optionalInt64, optionalText, text, missing } from '../../wire/message.ts'
import { invalid } from '../../wire/mlflow-error.ts'
import { checkKey, within } from './log-key.ts'

type ModelMetric = CallOf<(typeof logModelMetrics)['endpoint']>['metrics'][number]

/** The metrics of a request: the points of its run, and those that are said to be of a logged model. */
export interface LoggedMetrics {
  readonly points: MetricBatch
  readonly ofModels: readonly ModelMetric[]
}

export const noLoggedMetrics: LoggedMetrics = { points: new MetricBatchBuilder(0).batch(), ofModels: [] }

/** Reads metrics; `at` names an entry in a complaint. Throws MLflow's sentences. */
export function metricsOf(list: readonly Message[], at: (index: number) => string): LoggedMetrics {
  const builder = new MetricBatchBuilder(list.length)
  const ofModels: ModelMetric[] = []
  for (const [index, message] of list.entries()) {
    if (!addUsual(builder, message)) within(at(index), () => add(builder, message))
    const model = message['model_id']
    if (model !== undefined && model !== null && model !== '') ofModels.push(ofModel(message))
  }
  return { points: builder.batch(), ofModels }
}

/** Keys that were found to be in order; emptied when it grows. */
const knownKeys = new Set<string>()
const mostKnownKeys = 20_000

/** Adds a metric written as every client writes it; false leaves it to the reader that knows MLflow's complaints. */
function addUsual(builder: MetricBatchBuilder, message: Message): boolean {
  const { key, value, timestamp, step = 0 } = message
  if (typeof key !== 'string' || !knownKeys.has(key) || typeof value !== 'number') return false
  if (!Number.isSafeInteger(timestamp) || Number(timestamp) < 0 || !Number.isSafeInteger(step)) return false
  builder.add(key, value, Number(step), Number(timestamp))
  return true
}

function add(builder: MetricBatchBuilder, message: Message): void {
  const key = text(message, 'key')
  const value = float(message, 'value')
  const timestamp = optionalInt64(message, 'timestamp')
  if (timestamp === undefined) throw missing('timestamp')
  checkKey(key, 'name')
  if (timestamp < 0) {
    throw invalid(
      `Invalid value ${timestamp} for parameter 'timestamp' supplied: metric '${key}' (value=${value}). Timestamp must be a nonnegative long (64-bit integer) `,
    )
  }
  if (knownKeys.size >= mostKnownKeys) knownKeys.clear()
  knownKeys.add(key)
  const [step, time] = [wideOf(optionalInt64(message, 'step') ?? 0), wideOf(timestamp)]
  builder.add(key, Number(value), step.high, time.high)
  builder.addLows(step.low, time.low)
}

/** A number of 64 bits always has this form. */
function wideOf(number: number | bigint): { high: number; low: number } {
  return toWide(number) ?? { high: Number(number), low: 0 }
}

function ofModel(message: Message): ModelMetric {
  const [datasetName, datasetDigest] = [optionalText(message, 'dataset_name'), optionalText(message, 'dataset_digest')]
  return {
    modelId: text(message, 'model_id'),
    key: text(message, 'key'),
    value: float(message, 'value'),
    step: Number(optionalInt64(message, 'step') ?? 0),
    timestampMs: Number(optionalInt64(message, 'timestamp') ?? 0),
    ...(datasetName === undefined || datasetName === '' ? {} : { datasetName }),
    ...(datasetDigest === undefined || datasetDigest === '' ? {} : { datasetDigest }),
  }
}

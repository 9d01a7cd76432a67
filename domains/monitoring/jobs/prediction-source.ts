import type { CallContext } from '@millrace/kernel'

/**
 * The port by which monitoring reads predictions; model-serving fills it.
 *
 * Prediction files have the columns prediction_id, deployment_id, version_id, version, role, event_time_ms,
 * `in.<feature>` and `out.<output>`; label files have prediction_id, value, received_at_ms and, where there is one,
 * sequence: of the labels of one prediction the last counts, and null takes it back.
 */
export interface PredictionSource {
  /**
   * Absolute paths of Parquet files below the data directory: those with an endpoint's rows of event time in
   * [fromMs, toMs), and those with their ground truth. A file may hold rows beside the span. Files never change.
   */
  predictionWindow(
    of: { readonly endpoint: string; readonly fromMs: number; readonly toMs: number },
    context: CallContext,
  ): Promise<PredictionFiles>
  /** The largest event time that the endpoint has seen; undefined before its first prediction. */
  watermark(endpoint: string, context: CallContext): Promise<number | undefined>
}

export interface PredictionFiles {
  readonly predictions: readonly string[]
  readonly labels: readonly string[]
}

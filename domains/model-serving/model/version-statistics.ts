/** How often something happened and how long it took together. */
export interface CountAndTime {
  readonly count: number
  readonly durationNs: number
}

/** One version's figures since the data-plane process loaded it, as Triton's statistics extension names them. */
export interface VersionStatistics {
  readonly version: string
  /** Epoch ms of the last request; 0 before the first. */
  readonly lastInferenceMs: number
  /** Rows answered; a run of a batch counts each of its rows. */
  readonly inferenceCount: number
  /** Runs of the model. */
  readonly executionCount: number
  readonly success: CountAndTime
  readonly fail: CountAndTime
  readonly queue: CountAndTime
  readonly computeInput: CountAndTime
  readonly computeInfer: CountAndTime
  readonly computeOutput: CountAndTime
  readonly cacheHit: CountAndTime
  readonly cacheMiss: CountAndTime
  /** Runs by the rows in them. */
  readonly batches: readonly { readonly rows: number; readonly infer: CountAndTime }[]
}

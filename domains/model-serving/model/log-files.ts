/** A Parquet file of the prediction log: the rows of one endpoint and one day of event time. */
export interface PredictionFile {
  readonly workspace: string
  readonly endpoint: string
  /** Relative to the data directory. */
  readonly path: string
  /** `YYYY-MM-DD` of the rows' event times, UTC. */
  readonly day: string
  readonly rows: number
  readonly sizeBytes: number
  readonly minRequestId: string
  readonly maxRequestId: string
  readonly minEventMs: number
  readonly maxEventMs: number
}

/** How many rows and requests a deployment logged in what was compacted. */
export interface LogCount {
  readonly workspace: string
  readonly endpoint: string
  readonly deploymentId: string
  readonly versionId: string
  readonly version: number
  readonly role: string
  readonly rows: number
  readonly requests: number
  readonly maxEventMs: number
}

/** A Parquet file of ground truth. */
export interface LabelFile {
  readonly workspace: string
  readonly endpoint: string
  readonly path: string
  readonly rows: number
  readonly minRequestId: string
  readonly maxRequestId: string
}

/** One acknowledged request with ground truth, as it waits to be compacted. */
export interface LabelBatch {
  /** Later ones correct earlier ones. */
  readonly sequence: number
  readonly workspace: string
  readonly endpoint: string
  readonly receivedAtMs: number
  readonly eventTimeMs: number
  /** JSON of `LabelBody`. */
  readonly body: string
}

/** Ground truth as it is kept: whole requests row by row, and single rows. */
export interface LabelBody {
  readonly batches: readonly { readonly id: string; readonly values: readonly (number | null)[] }[]
  readonly labels: readonly { readonly id: string; readonly value: number | null }[]
}

/** Work for the compactor's process. */
export type CompactorTask =
  | { readonly kind: 'predictions'; readonly segments: readonly string[]; readonly name: string }
  | { readonly kind: 'labels'; readonly batches: readonly LabelBatch[]; readonly name: string }
  | ({ readonly kind: 'merge' } & MergeTask)

/** Small files of one endpoint and day that become one. */
export interface MergeTask {
  readonly files: readonly PredictionFile[]
  readonly name: string
}

/** Files that were merged with the one that holds their rows now. Files with other columns stay as they are. */
export interface MergedPredictions {
  readonly from: readonly PredictionFile[]
  readonly into: PredictionFile
}

export interface CompactedPredictions {
  readonly files: readonly PredictionFile[]
  readonly counts: readonly LogCount[]
}

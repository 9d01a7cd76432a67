/** A number, or "NaN", "Infinity", "-Infinity", or an integer beyond 2^53 as its digits. */
export type Wire = number | string

export interface SourceExperiment {
  readonly id: string
  readonly name: string
  readonly artifactRoot: string
  readonly tags: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly isDeleted: boolean
}

/** Data that a run used, as MLflow's clients read it. */
export interface SourceData {
  readonly name: string
  readonly digest: string
  readonly context: string
  readonly details: Readonly<Record<string, unknown>>
}

/** A run without the points of its metrics. */
export interface SourceRun {
  readonly id: string
  readonly experimentId: string
  readonly name: string
  readonly status: 'scheduled' | 'running' | 'finished' | 'failed' | 'killed'
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly user: string
  readonly deletedAtMs: number | null
  readonly artifactUri: string
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly data: readonly SourceData[]
  readonly models: {
    readonly inputs: readonly string[]
    readonly outputs: readonly { readonly modelId: string; readonly step: number }[]
  }
  /** What can be told of its metrics without reading them: it changes when a point comes. */
  readonly metricsMark: string
}

export interface SourceSeries {
  readonly key: string
  readonly steps: Wire[]
  readonly timesMs: Wire[]
  readonly values: Wire[]
}

/** Some of a run's points. All of one run's come one after another. */
export interface RunPoints {
  readonly runId: string
  readonly points: number
  readonly series: readonly SourceSeries[]
}

export interface SourceLoggedModel {
  readonly id: string
  readonly experimentId: string
  readonly name: string
  readonly runId: string | null
  readonly status: 'pending' | 'ready' | 'failed'
  readonly type: string
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: readonly {
    readonly key: string
    readonly value: Wire
    readonly step: number
    readonly timestampMs: number
    readonly runId: string
    readonly datasetName: string | null
    readonly datasetDigest: string | null
  }[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly isDeleted: boolean
  readonly artifactUri: string
}

export interface SourceVersion {
  readonly version: number
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly description: string
  readonly user: string
  readonly stage: string
  readonly source: string
  readonly storageLocation: string | null
  readonly runId: string | null
  readonly modelId: string | null
  readonly runLink: string
  readonly status: string
  readonly tags: Readonly<Record<string, string>>
}

/** A registered model, or a prompt. Versions that are deleted are left out; `lastVersion` counts them. */
export interface SourceModel {
  readonly name: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly description: string
  readonly tags: Readonly<Record<string, string>>
  readonly aliases: Readonly<Record<string, number>>
  readonly lastVersion: number
  readonly versions: readonly SourceVersion[]
}

/** An assessment in the words of MLflow's API. */
export interface SourceAssessment {
  readonly id: string
  readonly name: string
  readonly kind: 'feedback' | 'expectation'
  readonly value: unknown
  readonly error: { readonly code: string; readonly message?: string; readonly stackTrace?: string } | null
  readonly sourceType: string
  readonly sourceId: string
  readonly spanId: string | null
  readonly rationale: string | null
  readonly overrides: string | null
  readonly valid: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export interface SourceTrace {
  readonly id: string
  readonly experimentId: string
  readonly state: 'in_progress' | 'ok' | 'error' | 'unspecified'
  readonly startedAtMs: number
  readonly durationMs: number | null
  readonly clientRequestId: string | null
  readonly requestPreview: string | null
  readonly responsePreview: string | null
  readonly tags: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
  readonly runIds: readonly string[]
  readonly assessments: readonly SourceAssessment[]
  /** Each span as MLflow writes it as JSON, in any of its forms. */
  readonly spans: readonly string[]
}

/** Whose artifacts, and where they are said to lie. */
export interface ArtifactOwner {
  readonly kind: 'run' | 'logged-model'
  readonly id: string
  readonly uri: string
}

export interface SourceFile {
  /** From the owner's root. */
  readonly path: string
  readonly sizeBytes: number
  open(): Promise<AsyncIterable<Uint8Array>>
}

/** The files there are, or why they cannot be read. */
export type SourceFiles = { readonly files: readonly SourceFile[] } | { readonly unreachable: string }

export interface SourceCounts {
  readonly runs: number
  readonly traces: number
}

/** An MLflow deployment as it is read: a database, a folder or a server. Everything comes in pages, ids as they are there. */
export interface MlflowSource {
  /** The same text whenever the same place is read: what was taken is remembered under it. */
  readonly name: string
  counts(): Promise<SourceCounts>
  experiments(): Promise<SourceExperiment[]>
  runs(experiments: ReadonlySet<string>): AsyncIterable<readonly SourceRun[]>
  points(runs: readonly SourceRun[]): AsyncIterable<RunPoints>
  loggedModels(experiments: ReadonlySet<string>): AsyncIterable<readonly SourceLoggedModel[]>
  registeredModels(): AsyncIterable<SourceModel>
  traces(experiments: ReadonlySet<string>): AsyncIterable<readonly SourceTrace[]>
  artifacts(owner: ArtifactOwner): Promise<SourceFiles>
  close(): Promise<void>
}

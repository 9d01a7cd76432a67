/** A figure as evidence holds it: a mean over `n` rows with the standard error of that mean, where it is known. */
export interface MetricSeen {
  readonly name: string
  readonly value: number
  readonly standardError?: number | undefined
  readonly n: number
}

/** A paired difference of two versions on the same rows; positive means that the candidate is better. */
export interface DifferenceSeen {
  readonly metric: string
  readonly difference: number
  readonly standardError: number
  readonly n: number
}

/** What model-registry holds about a version, as far as a decision needs it. */
export interface EvidenceSeen {
  readonly id: string
  readonly kind: string
  readonly datasetVersionId: string | null
  readonly metrics: readonly MetricSeen[]
  readonly comparedWith?: { readonly versionId: string; readonly differences: readonly DifferenceSeen[] } | undefined
  readonly verdict: string
  readonly sentence: string
  readonly createdAtMs: number
}

/** A version as decisions see it. */
export interface VersionSeen {
  readonly id: string
  readonly model: string
  readonly version: number
  readonly hasSignature: boolean
}

/** Everything a gate looks at. `champion` is the version behind the alias `champion`, null before the first. */
export interface Seen {
  readonly version: VersionSeen
  readonly champion: { readonly id: string; readonly version: number } | null
  readonly evidence: readonly EvidenceSeen[]
  /** `flights-holdout@2001-05` by data version id. */
  readonly datasetNames: ReadonlyMap<string, string>
  /** `v3` by the id of a version that was compared with. */
  readonly versionNames: ReadonlyMap<string, string>
}

/** The newest of some evidence; the later id wins within a millisecond. */
export function newest(evidence: readonly EvidenceSeen[]): EvidenceSeen | undefined {
  return evidence.toSorted((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1))[0]
}

/** ` of flights-holdout@2001-05`, or nothing when the evidence names no data version. */
export function ofData(seen: Pick<Seen, 'datasetNames'>, datasetVersionId: string | null): string {
  return datasetVersionId === null ? '' : ` of ${seen.datasetNames.get(datasetVersionId) ?? datasetVersionId}`
}

/** One file of a source as it is now. `etag` changes when its bytes do. */
export interface SourceFile {
  /** Its name in the version. */
  readonly path: string
  /** Where it lies within the source. */
  readonly key: string
  readonly sizeBytes: number
  readonly etag: string
}

/** Data in place, opened for reading. */
export interface Source {
  /** Its files with what tells one state of them from another; undefined where only reading tells (a query). */
  readonly probe: (() => Promise<SourceFile[]>) | undefined
  /** The name and place of the one file of a source without `probe`. */
  readonly single: { readonly path: string; readonly key: string }
  read(key: string): AsyncIterable<Uint8Array>
}

/** What a source may reach. */
export interface SourceRules {
  readonly privateAddresses: boolean
}

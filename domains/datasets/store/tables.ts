/** The tables of data sets. JSON columns are text. */
export interface DatasetTables {
  datasets_dataset: {
    workspace: string
    id: string
    name: string
    /** JSON of `DatasetSpec`. */
    spec: string
    /** Kept here so that a list needs no second look. */
    latest_version: string | null
    versions: number
    last_number: number
    created_at_ms: number
    updated_at_ms: number
  }
  datasets_version: {
    workspace: string
    id: string
    dataset: string
    number: number
    version: string
    digest: string
    size_bytes: number
    row_count: number
    format: string
    /** JSON of `DatasetColumn[]`, `DatasetFile[]`, `DatasetSplit`, `ColumnProfile[]`. */
    columns: string
    files: string
    split: string | null
    profile: string
    created_at_ms: number
    created_by: string
    message: string
    /** `whole`, `chunks` or `source`. */
    storage: string
    /** Null in rows that were written before there were chunks: all files are in `files`. */
    file_count: number | null
    /** Key of the manifest in the object store. */
    manifest: string | null
    /** JSON of `DatasetTable[]`, of `{[table]: ColumnProfile[]}`, of `DatasetSource`; null for none. */
    tables: string | null
    table_profiles: string | null
    source: string | null
    sealed_source: string | null
  }
  /** Where chunks lie: each pack is one object of the store, a row of frames. */
  datasets_pack: {
    workspace: string
    id: string
    size_bytes: number
    created_at_ms: number
  }
  datasets_chunk: {
    workspace: string
    /** SHA-256 in hexadecimal. */
    digest: string
    pack: string
    /** Where the frame begins in the pack, and its whole length. */
    at_bytes: number
    frame_bytes: number
    size_bytes: number
    /** When it was last uploaded or asked for; collection spares what was touched lately. */
    touched_at_ms: number
  }
  /** Files of several chunks whose digest was read to be right, so that it is read once. */
  datasets_content: {
    workspace: string
    digest: string
    /** SHA-256 of the chunks' digests in their order. */
    recipe: string
    verified_at_ms: number
  }
}

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
  }
}

/** The tables of uploads that go on after a break. */
export interface UploadTables {
  experiment_tracking_upload: {
    workspace: string
    id: string
    owner_kind: string
    owner_id: string
    path: string
    size_bytes: number
    /** Of the whole file, as whoever began the upload announced it. */
    digest: string
    part_bytes: number
    /** How much of it the store has for sure. */
    offset_bytes: number
    /** Where the artifact goes; kept, because its owner may be gone when the upload is given up. */
    root: string
    /** What the store calls the upload. */
    handle: string
    /** Whether the client sends the parts to the store itself. */
    is_direct: number
    /** Whether the artifact is there; kept for a client that has missed the answer. */
    is_ended: number
    expires_at_ms: number
  }
  experiment_tracking_upload_part: {
    workspace: string
    upload_id: string
    number: number
    etag: string
    digest: string
  }
}

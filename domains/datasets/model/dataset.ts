import { EpochMs, id, PathName } from '@millrace/contract'
import { z } from 'zod'
import { isPlainPath } from './file-path.ts'

export const DatasetId = id('dataset')
export const DatasetVersionId = id('dataset-version')
export type DatasetVersionId = z.infer<typeof DatasetVersionId>

/** `sha256:` and 64 hexadecimal digits. */
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'write it as sha256:<64 hexadecimal digits>')

/** The path of a file inside a version, a run or a model: relative, with `/`, without `.` and `..`. */
export const FilePath = z
  .string()
  .min(1)
  .max(900)
  .refine(isPlainPath, 'may not be absolute, and no part of it may be empty, "." or ".."')

/** A version's name as people type it: `2001-02`, `v3`. `latest` is reserved. */
export const VersionName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'use letters, digits, "-", "_" and "."')
  .refine((name) => name !== 'latest', '"latest" always means the newest version; choose another name')

/** What `millrace apply` declares of a data set. `timeColumn` is the column that splits and windows go by. */
export const DatasetSpec = z.object({
  description: z.string().max(10_000).default(''),
  timeColumn: z.string().min(1).max(256).nullable().default(null),
})
export type DatasetSpec = z.infer<typeof DatasetSpec>

/** A named series of versions. `latestVersion` is the name of the newest one, null before the first. */
export const Dataset = z.object({
  id: DatasetId,
  name: PathName,
  description: z.string(),
  latestVersion: z.string().nullable(),
  versions: z.int(),
  createdAtMs: EpochMs,
  spec: DatasetSpec,
})
export type Dataset = z.infer<typeof Dataset>

/**
 * What a version's rows are written in: `jsonl` is one JSON object a line. `files` is a version that is no single table:
 * images, text, or several tables (`tables` names them).
 */
export const DatasetFormat = z.enum(['parquet', 'csv', 'jsonl', 'files'])
export type DatasetFormat = z.infer<typeof DatasetFormat>

/** The formats that DuckDB reads as a table. */
export const TableFormat = z.enum(['parquet', 'csv', 'jsonl'])
export type TableFormat = z.infer<typeof TableFormat>

/**
 * A file of a version. `digest` is that of its bytes; where `etag` stands the bytes were not read, and it covers the
 * source's address, size and entity tag instead.
 */
export const DatasetFile = z.object({
  path: FilePath,
  digest: Digest,
  sizeBytes: z.int(),
  rowCount: z.int(),
  etag: z.string().optional(),
})
export type DatasetFile = z.infer<typeof DatasetFile>

/** A column with DuckDB's name of its type (`BIGINT`, `TIMESTAMP`, `VARCHAR`, …). */
export const DatasetColumn = z.object({ name: z.string(), type: z.string() })
export type DatasetColumn = z.infer<typeof DatasetColumn>

/**
 * One of several tables of a version: files of one format with the same columns. `problem` says why it could not be
 * read; then it has no columns.
 */
export const DatasetTable = z.object({
  name: z.string(),
  format: TableFormat,
  files: z.array(FilePath),
  rowCount: z.int(),
  columns: z.array(DatasetColumn),
  problem: z.string().optional(),
})
export type DatasetTable = z.infer<typeof DatasetTable>

/**
 * Where the bytes of a version lie that is not copied: `s3://…`, `gs://…`, `https://…` or `postgres://…` with a query.
 * The address carries no password. With `verified` the bytes were read once and their digests are kept.
 */
export const DatasetSource = z.object({ url: z.string(), query: z.string().optional(), verified: z.boolean() })
export type DatasetSource = z.infer<typeof DatasetSource>

/** Says that a version holds the rows of another whose `column` lies in [fromMs, toMs). */
export const DatasetSplit = z.object({ of: DatasetVersionId, column: z.string(), fromMs: EpochMs, toMs: EpochMs })
export type DatasetSplit = z.infer<typeof DatasetSplit>

/**
 * How a version's bytes are kept: `whole` files under their digests, `chunks` shared with other versions, or a `source`
 * that is read in place.
 */
export const DatasetStorage = z.enum(['whole', 'chunks', 'source'])
export type DatasetStorage = z.infer<typeof DatasetStorage>

/**
 * An immutable set of files. `digest` covers the paths and digests of its files, so equal content has equal digests.
 * Of a version in chunks `files` holds the first 100 by path, its table's first; the manifest holds all.
 */
export const DatasetVersion = z.object({
  id: DatasetVersionId,
  dataset: PathName,
  version: z.string(),
  number: z.int(),
  digest: Digest,
  sizeBytes: z.int(),
  rowCount: z.int(),
  format: DatasetFormat,
  columns: z.array(DatasetColumn),
  files: z.array(DatasetFile),
  fileCount: z.int(),
  storage: DatasetStorage,
  message: z.string(),
  /** The tables of a version that holds none or several; else its one table is in `columns`. */
  tables: z.array(DatasetTable),
  source: DatasetSource.optional(),
  split: DatasetSplit.optional(),
  createdAtMs: EpochMs,
  createdBy: z.string(),
})
export type DatasetVersion = z.infer<typeof DatasetVersion>

const Figure = z.number().nullable()
/** A least or greatest value: times as epoch milliseconds, integers beyond 2^53 and texts as text. */
const Extreme = z.union([z.number(), z.string()]).nullable()

/**
 * What one column holds. `mean`, `std` (sample), `quantiles` and `histogram` speak of the finite values; times count as
 * epoch milliseconds. `distinct` is exact up to 10,000 values and a HyperLogLog estimate beyond; quantiles are exact up
 * to 1,000,000 rows and a t-digest estimate beyond.
 */
export const ColumnProfile = z.object({
  name: z.string(),
  type: z.string(),
  kind: z.enum(['number', 'time', 'boolean', 'text', 'other']),
  count: z.int(),
  nulls: z.int(),
  nonFinite: z.int(),
  distinct: z.int(),
  distinctIsExact: z.boolean(),
  min: Extreme,
  max: Extreme,
  mean: Figure,
  std: Figure,
  quantiles: z.array(z.object({ q: z.number(), value: z.number() })).nullable(),
  /** 20 bins of equal width: `edges` has one entry more than `counts`; the last bin includes its upper edge. */
  histogram: z.object({ edges: z.array(z.number()), counts: z.array(z.int()) }).nullable(),
  /** The 20 most frequent values of a text or boolean column. */
  topValues: z.array(z.object({ value: z.string(), count: z.int() })).nullable(),
})
export type ColumnProfile = z.infer<typeof ColumnProfile>

/** The profile of a version: computed once, before it is registered. */
export const DatasetProfile = z.object({
  versionId: DatasetVersionId,
  rowCount: z.int(),
  columns: z.array(ColumnProfile),
})
export type DatasetProfile = z.infer<typeof DatasetProfile>

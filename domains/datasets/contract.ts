import { EpochMs, endpoint, event, id, page, PageQuery, PathName, problems, ref } from '@millrace/contract'
import { z } from 'zod'
import { isPlainPath } from './model/file-path.ts'

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

export const DatasetFormat = z.enum(['parquet', 'csv'])
export type DatasetFormat = z.infer<typeof DatasetFormat>

/** A file of a version; its bytes lie in the object store under their digest. */
export const DatasetFile = z.object({ path: FilePath, digest: Digest, sizeBytes: z.int(), rowCount: z.int() })
export type DatasetFile = z.infer<typeof DatasetFile>

/** A column with DuckDB's name of its type (`BIGINT`, `TIMESTAMP`, `VARCHAR`, …). */
export const DatasetColumn = z.object({ name: z.string(), type: z.string() })
export type DatasetColumn = z.infer<typeof DatasetColumn>

/** Says that a version holds the rows of another whose `column` lies in [fromMs, toMs). */
export const DatasetSplit = z.object({ of: DatasetVersionId, column: z.string(), fromMs: EpochMs, toMs: EpochMs })
export type DatasetSplit = z.infer<typeof DatasetSplit>

/** An immutable set of files. `digest` covers the paths and digests of its files, so equal content has equal digests. */
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

/** Every way this domain says no. */
export const problem = problems('datasets', {
  'not-found': {
    status: 404,
    say: (p: { name: string }) =>
      `There is no data set "${p.name}". Make it with PUT /datasets/{name}, or register a first version of it.`,
  },
  'version-not-found': {
    status: 404,
    say: (p: { what: string }) =>
      `There is no data set version ${p.what}. GET /datasets/{name}/versions lists those there are.`,
  },
  'version-exists': {
    status: 409,
    say: (p: { dataset: string; version: string }) =>
      `The data set "${p.dataset}" has a version "${p.version}" with other content. Versions never change; give this one another name.`,
  },
  'not-uploaded': {
    status: 400,
    say: (p: { path: string; digest: string }) =>
      `The file "${p.path}" (${p.digest}) is not here. Upload it first with POST /datasets/{name}/uploads?path=${p.path}.`,
  },
  'file-not-found': {
    status: 404,
    say: (p: { path: string }) => `This version has no file "${p.path}".`,
  },
  'duplicate-path': { status: 400, say: (p: { path: string }) => `The path "${p.path}" is named twice.` },
  'unknown-format': {
    status: 400,
    say: (p: { path: string }) =>
      `"${p.path}" is neither Parquet nor CSV by its name. Name it .parquet, .csv or .csv.gz; a version holds files of one format.`,
  },
  unreadable: {
    status: 400,
    say: (p: { path: string; reason: string }) =>
      `"${p.path}" cannot be read: ${p.reason} Nothing was registered; upload the whole file again.`,
  },
  empty: {
    status: 400,
    say: (p: { what: string }) => `${p.what} has no rows, so there is nothing to register.`,
  },
  'no-such-column': {
    status: 400,
    say: (p: { column: string; columns: string }) => `There is no column "${p.column}". The columns are ${p.columns}.`,
  },
  'not-a-time': {
    status: 400,
    say: (p: { column: string; type: string }) =>
      `The column "${p.column}" is a ${p.type}. A split needs a TIMESTAMP, a DATE, or an integer of epoch milliseconds.`,
  },
  'bad-span': { status: 400, say: () => 'A split needs fromMs before toMs.' },
})

const named = (input: { name: string }) => ref('dataset', input.name)
const versioned = (input: { id: string }) => ref('dataset-version', input.id)
const read = 'datasets:read'
const write = 'datasets:write'

export const putDataset = endpoint({
  name: 'datasets.put-dataset',
  method: 'PUT',
  path: '/datasets/{name}',
  summary: 'Makes or changes a data set',
  needs: { permission: write, on: named },
  input: DatasetSpec.extend({ name: PathName }),
  output: Dataset,
})

export const readDataset = endpoint({
  name: 'datasets.read-dataset',
  method: 'GET',
  path: '/datasets/{name}',
  summary: 'Reads a data set',
  needs: { permission: read, on: named },
  input: z.object({ name: PathName }),
  output: Dataset,
  problems: [problem['not-found']],
})

export const listDatasets = endpoint({
  name: 'datasets.list-datasets',
  method: 'GET',
  path: '/datasets',
  summary: 'Lists data sets by name',
  needs: { permission: read },
  input: PageQuery,
  output: page(Dataset),
})

/** The raw bytes are the body; `path` is the file's path in the version to come. Answers with the digest to register. */
export const uploadFile = endpoint({
  name: 'datasets.upload-file',
  method: 'POST',
  path: '/datasets/{name}/uploads',
  summary: 'Uploads a file (raw body)',
  needs: { permission: write, on: named },
  input: z.object({ name: PathName, path: FilePath }),
  bodyType: 'application/octet-stream',
  output: z.object({ path: FilePath, digest: Digest, sizeBytes: z.int() }),
})

export const registerVersion = endpoint({
  name: 'datasets.register-version',
  method: 'POST',
  path: '/datasets/{name}/versions',
  summary: 'Registers uploaded files as a version, after profiling them',
  needs: { permission: write, on: named },
  input: z.object({
    name: PathName,
    /** Default `v<number>`; the same files under no name answer with the version that has them. */
    version: VersionName.optional(),
    files: z
      .array(z.object({ path: FilePath, digest: Digest }))
      .min(1)
      .max(10_000),
    timeColumn: z.string().min(1).max(256).optional(),
    derivedFrom: z.array(DatasetVersionId).max(100).default([]),
    /** The run or step attempt that made the files; draws the edge `produced`. */
    producedBy: z.object({ kind: z.enum(['run', 'step-attempt', 'job']), id: z.string().min(1).max(128) }).optional(),
  }),
  output: DatasetVersion,
  problems: [problem['version-exists'], problem['not-uploaded'], problem.unreadable, problem.empty],
})

export const splitVersion = endpoint({
  name: 'datasets.split-version',
  method: 'POST',
  path: '/datasets/{name}/versions/{version}/splits',
  summary: 'Registers the rows of a span of time as a version of their own',
  needs: { permission: write, on: named },
  input: z.object({
    name: PathName,
    /** The version to split (in the path). */
    version: z.string().min(1).max(128),
    /** The new version's name. */
    as: VersionName,
    /** The data set that gets it; default the same. */
    into: PathName.optional(),
    /** Default: the data set's `timeColumn`. */
    column: z.string().min(1).max(256).optional(),
    fromMs: EpochMs,
    toMs: EpochMs,
  }),
  output: DatasetVersion,
  problems: [problem['version-not-found'], problem['no-such-column'], problem['not-a-time'], problem.empty],
})

export const listVersions = endpoint({
  name: 'datasets.list-versions',
  method: 'GET',
  path: '/datasets/{name}/versions',
  summary: 'Lists the versions of a data set, newest first',
  needs: { permission: read, on: named },
  input: PageQuery.extend({ name: PathName }),
  output: page(DatasetVersion),
  problems: [problem['not-found']],
})

export const readVersion = endpoint({
  name: 'datasets.read-version',
  method: 'GET',
  path: '/datasets/{name}/versions/{version}',
  summary: 'Reads a version by its name, or the newest one as "latest"',
  needs: { permission: read, on: named },
  input: z.object({ name: PathName, version: z.string().min(1).max(128) }),
  output: DatasetVersion,
  problems: [problem['version-not-found']],
})

export const readVersionById = endpoint({
  name: 'datasets.read-version-by-id',
  method: 'GET',
  path: '/dataset-versions/{id}',
  summary: 'Reads a version by its id',
  needs: { permission: read, on: versioned },
  input: z.object({ id: DatasetVersionId }),
  output: DatasetVersion,
  problems: [problem['version-not-found']],
})

export const readProfile = endpoint({
  name: 'datasets.read-profile',
  method: 'GET',
  path: '/dataset-versions/{id}/profile',
  summary: 'Reads the profile of a version',
  needs: { permission: read, on: versioned },
  input: z.object({ id: DatasetVersionId }),
  output: DatasetProfile,
  problems: [problem['version-not-found']],
})

export const resolveVersion = endpoint({
  name: 'datasets.resolve-version',
  method: 'GET',
  path: '/dataset-versions',
  summary: 'Finds a version by reference (datasets:/name@version) or by id',
  needs: { permission: read },
  input: z.object({ reference: z.string().min(1).max(512) }),
  output: DatasetVersion,
  problems: [problem['version-not-found']],
})

export const deleteVersion = endpoint({
  name: 'datasets.delete-version',
  method: 'DELETE',
  path: '/dataset-versions/{id}',
  summary: 'Deletes a version that nothing holds',
  needs: { permission: write, on: versioned },
  input: z.object({ id: DatasetVersionId }),
  output: z.object({}),
  problems: [problem['version-not-found']],
})

/** Not an address: the transaction at the end of `register-version` and `split-version`. */
export const recordVersion = endpoint({
  name: 'datasets.record-version',
  method: 'POST',
  path: '/datasets/{name}/recorded-versions',
  summary: 'Records a profiled version',
  needs: { permission: write, on: named },
  input: registerVersion.input.omit({ files: true }).extend({
    digest: Digest,
    format: DatasetFormat,
    files: z.array(DatasetFile).min(1),
    columns: z.array(DatasetColumn),
    profile: z.array(ColumnProfile),
    rowCount: z.int(),
    split: DatasetSplit.optional(),
  }),
  output: DatasetVersion,
  problems: [problem['version-exists']],
})

export const versionRegistered = event(
  'datasets.version.registered',
  z.object({ id: DatasetVersionId, dataset: z.string(), version: z.string(), rowCount: z.int() }),
)
export const versionDeleted = event(
  'datasets.version.deleted',
  z.object({ id: DatasetVersionId, dataset: z.string(), version: z.string() }),
)

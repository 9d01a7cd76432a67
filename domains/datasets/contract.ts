import { EpochMs, endpoint, event, page, PageQuery, PathName, ref } from '@millrace/contract'
import { z } from 'zod'
import {
  ColumnProfile,
  Dataset,
  DatasetColumn,
  DatasetFile,
  DatasetFormat,
  DatasetProfile,
  DatasetSource,
  DatasetSpec,
  DatasetSplit,
  DatasetStorage,
  DatasetTable,
  DatasetVersion,
  DatasetVersionId,
  Digest,
  FilePath,
  VersionName,
} from './model/dataset.ts'
import { DatasetDiff } from './model/diff.ts'
import { ManifestAddress } from './model/manifest.ts'
import { problem } from './model/problems.ts'

export * from './model/dataset.ts'
export * from './model/diff.ts'
export * from './model/manifest.ts'
export { problem } from './model/problems.ts'
export { createFrameReader, frameHeadBytes, readFrameHead, writeFrameHead } from './model/chunk-frame.ts'
export type { Frame, FrameHead } from './model/chunk-frame.ts'
export { chunkSizesFor, cutPoint } from './model/cut-chunks.ts'
export type { ChunkSizes } from './model/cut-chunks.ts'

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
    message: z.string().max(10_000).default(''),
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
  /** `table` names one of several tables; without it the version's one table. */
  input: z.object({ id: DatasetVersionId, table: z.string().max(1000).optional() }),
  output: DatasetProfile,
  problems: [problem['version-not-found'], problem['no-such-table']],
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

/**
 * The version that another system's record of a data set means: by a `source` that is one of our references or
 * addresses, or by a `digest` of `sha256:` and at least 12 hexadecimal digits (the digits alone will do), among the
 * versions of the data set `name` where it is given. The newest where several have the same content; null for none.
 */
export const resolveByDigest = endpoint({
  name: 'datasets.resolve-by-digest',
  method: 'GET',
  path: '/dataset-matches',
  summary: 'Finds the version that a digest or a source means',
  needs: { permission: read },
  input: z.object({
    digest: z.string().max(256).optional(),
    source: z.string().max(100_000).optional(),
    name: z.string().max(512).optional(),
  }),
  output: z.object({ version: DatasetVersion.nullable() }),
})

/** Which of these chunks are not here. Those that are stay for the grace period, also when no version names them yet. */
export const findMissingChunks = endpoint({
  name: 'datasets.find-missing-chunks',
  method: 'POST',
  path: '/datasets/{name}/missing-chunks',
  summary: 'Says which chunks still have to be uploaded',
  needs: { permission: write, on: named },
  input: z.object({ name: PathName, digests: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(10_000) }),
  output: z.object({ missing: z.array(z.string()) }),
})

/** The body is a row of chunk frames (`writeFrameHead`), at most 64 MiB; all of them are kept, or none. */
export const uploadChunks = endpoint({
  name: 'datasets.upload-chunks',
  method: 'POST',
  path: '/datasets/{name}/chunks',
  summary: 'Uploads chunks (raw body)',
  needs: { permission: write, on: named },
  input: z.object({ name: PathName }),
  bodyType: 'application/octet-stream',
  output: z.object({ chunks: z.int(), storedBytes: z.int() }),
  problems: [problem['bad-chunks']],
})

/** The body is a `ManifestHead` and one `ManifestEntry` a line, as JSON. */
export const registerManifest = endpoint({
  name: 'datasets.register-manifest',
  method: 'POST',
  path: '/datasets/{name}/manifests',
  summary: 'Registers uploaded chunks as a version, after verifying and profiling them (raw body)',
  needs: { permission: write, on: named },
  input: ManifestAddress,
  bodyType: 'application/x-ndjson',
  output: DatasetVersion,
  problems: [problem['version-exists'], problem['bad-manifest'], problem['chunks-missing'], problem['wrong-digest']],
})

/** One `ManifestEntry` a line, sorted by path. */
export const readManifest = endpoint({
  name: 'datasets.read-manifest',
  method: 'GET',
  path: '/dataset-versions/{id}/manifest',
  summary: 'Reads the files of a version with their chunks',
  needs: { permission: read, on: versioned },
  input: z.object({ id: DatasetVersionId }),
  output: z.unknown(),
  answerType: 'application/x-ndjson',
  problems: [problem['version-not-found']],
})

/** Answers with frames in the order asked for. */
export const downloadChunks = endpoint({
  name: 'datasets.download-chunks',
  method: 'POST',
  path: '/dataset-versions/{id}/chunks',
  summary: 'Reads chunks of a version',
  needs: { permission: read, on: versioned },
  input: z.object({
    id: DatasetVersionId,
    digests: z
      .array(z.string().regex(/^[0-9a-f]{64}$/))
      .min(1)
      .max(4096),
  }),
  output: z.unknown(),
  answerType: 'application/octet-stream',
  problems: [problem['version-not-found'], problem['chunks-missing']],
})

/** Registers data that stays where it is. With `verify` it is read once: digests, schema and profile are kept. */
export const registerSource = endpoint({
  name: 'datasets.register-source',
  method: 'POST',
  path: '/datasets/{name}/sources',
  summary: 'Registers data in place as a version',
  needs: { permission: write, on: named },
  input: z.object({
    name: PathName,
    version: VersionName.optional(),
    message: z.string().max(10_000).default(''),
    url: z.string().min(1).max(4096),
    query: z.string().min(1).max(100_000).optional(),
    verify: z.boolean().default(false),
  }),
  output: DatasetVersion,
  problems: [problem['version-exists'], problem['source-refused'], problem['source-unreachable']],
})

/** Compares two versions, of one data set or of two: files, columns, rows and distributions. */
export const diffVersions = endpoint({
  name: 'datasets.diff-versions',
  method: 'GET',
  path: '/dataset-diffs',
  summary: 'Compares two versions',
  needs: { permission: read },
  input: z.object({
    /** References (`datasets:/name@version`) or ids. */
    from: z.string().min(1).max(512),
    to: z.string().min(1).max(512),
    /** Columns that tell rows apart, separated by commas; without them rows are compared as a multiset. */
    keys: z.string().max(4096).optional(),
  }),
  output: DatasetDiff,
  problems: [problem['version-not-found'], problem['no-such-column'], problem['keys-not-unique']],
})

/** Frees chunks and files that no version names and that nobody has touched for the grace period. */
export const collectGarbage = endpoint({
  name: 'datasets.collect-garbage',
  method: 'POST',
  path: '/dataset-garbage',
  summary: 'Frees the bytes of deleted versions, or says what would be freed',
  needs: { permission: 'datasets:administer' },
  input: z.object({
    dryRun: z.boolean().default(true),
    /** Default a day; an upload that takes longer than this between its first chunk and its version may lose chunks. */
    graceMs: z.int().min(60_000).default(86_400_000),
  }),
  output: z.object({
    dryRun: z.boolean(),
    chunks: z.int(),
    files: z.int(),
    /** Bytes in the object store that are (or would be) given back now. */
    freedBytes: z.int(),
    /** Bytes that no version names but that lie beside others, or are younger than the grace period. */
    waitingBytes: z.int(),
    keptBytes: z.int(),
  }),
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
    files: z.array(DatasetFile),
    fileCount: z.int(),
    sizeBytes: z.int(),
    storage: DatasetStorage,
    /** Key of the manifest in the object store. */
    manifest: z.string().optional(),
    columns: z.array(DatasetColumn),
    profile: z.array(ColumnProfile),
    tables: z.array(DatasetTable).default([]),
    tableProfiles: z.record(z.string(), z.array(ColumnProfile)).default({}),
    rowCount: z.int(),
    split: DatasetSplit.optional(),
    source: DatasetSource.optional(),
    /** The source's address with its password, sealed. */
    sealedSource: z.string().optional(),
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

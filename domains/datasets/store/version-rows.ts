import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { DatasetVersion } from '../contract.ts'
import {
  ColumnProfile,
  DatasetColumn,
  DatasetFile,
  DatasetFormat,
  DatasetSource,
  DatasetSplit,
  DatasetStorage,
  DatasetTable,
} from '../contract.ts'
import type { DatasetTables } from './tables.ts'

type Row = Omit<Selectable<DatasetTables['datasets_version']>, Unshown>
type Unshown = 'profile' | 'table_profiles' | 'workspace' | 'manifest' | 'sealed_source'

// Everything but the profiles, which are large and asked for alone, and what is nobody's business.
const shownColumns = [
  'id',
  'dataset',
  'number',
  'version',
  'digest',
  'size_bytes',
  'row_count',
  'format',
  'columns',
  'files',
  'split',
  'created_at_ms',
  'created_by',
  'message',
  'storage',
  'file_count',
  'tables',
  'source',
] as const

/** What a version has besides its content: where its manifest lies, its profiles, its source with the password. */
export interface VersionExtras {
  readonly profile: readonly ColumnProfile[]
  readonly tableProfiles: Readonly<Record<string, readonly ColumnProfile[]>>
  readonly manifest: string | undefined
  readonly sealedSource: string | undefined
}

/** Reads and writes versions. */
export function versionRows(db: Kysely<DatasetTables>, workspace: string) {
  const versions = () => db.selectFrom('datasets_version').where('workspace', '=', workspace)
  const shown = () => versions().select(shownColumns)
  const newest = (name: string) => shown().where('dataset', '=', name).orderBy('number', 'desc')
  return {
    version: async (name: string, version: string) =>
      optional(await shown().where('dataset', '=', name).where('version', '=', version).executeTakeFirst()),
    latest: async (name: string) => optional(await newest(name).limit(1).executeTakeFirst()),
    byId: async (id: string) => optional(await shown().where('id', '=', id).executeTakeFirst()),
    byIds: async (ids: readonly string[]) =>
      ids.length === 0 ? [] : (await shown().where('id', 'in', ids).execute()).map(toVersion),
    byDigest: async (name: string, digest: string) =>
      optional(await newest(name).where('digest', '=', digest).limit(1).executeTakeFirst()),
    listVersions: async (name: string, limit: number, pageToken: string | undefined) => {
      const [before] = decodePageToken(pageToken ?? '') ?? []
      const from = before === undefined ? newest(name) : newest(name).where('number', '<', Number(before))
      return (await from.limit(limit + 1).execute()).map(toVersion)
    },
    /** Versions whose digest begins so, newest first; of one data set where `name` is given. */
    byDigestPrefix: async (prefix: string, name: string | undefined) => {
      // Hexadecimal digits hold no wildcard; a whole digest is looked up by the index.
      const isWhole = prefix.length === 'sha256:'.length + 64
      const matching = isWhole ? shown().where('digest', '=', prefix) : shown().where('digest', 'like', `${prefix}%`)
      const found = name === undefined ? matching : matching.where('dataset', '=', name)
      return optional(
        await found.orderBy('created_at_ms', 'desc').orderBy('number', 'desc').limit(1).executeTakeFirst(),
      )
    },
    profile: async (id: string) => {
      const row = await versions()
        .select(['profile', 'row_count', 'table_profiles'])
        .where('id', '=', id)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const columns = ColumnProfile.array().parse(JSON.parse(row.profile))
      const tables = Profiles.parse(JSON.parse(row.table_profiles ?? '{}'))
      return { rowCount: row.row_count, columns, tables }
    },
    /** Keys of the manifest and the sealed source. */
    places: async (id: string) =>
      versions().select(['id', 'storage', 'manifest', 'sealed_source']).where('id', '=', id).executeTakeFirst(),
    /** The manifests of all versions, page by page in the order of ids. */
    manifestsAfter: async (afterId: string, limit: number) =>
      versions()
        .select(['id', 'manifest'])
        .where('id', '>', afterId)
        .where('manifest', 'is not', null)
        .orderBy('id')
        .limit(limit)
        .execute(),
    insertVersion: (version: DatasetVersion, extras: VersionExtras) =>
      db
        .insertInto('datasets_version')
        .values(toRow(workspace, version, extras))
        .execute(),
    deleteVersion: (id: string) =>
      db.deleteFrom('datasets_version').where('workspace', '=', workspace).where('id', '=', id).execute(),
  }
}

const Profiles = z.record(z.string(), ColumnProfile.array())

function optional(row: Row | undefined): DatasetVersion | undefined {
  return row === undefined ? undefined : toVersion(row)
}

function toVersion(row: Row): DatasetVersion {
  const files = DatasetFile.array().parse(JSON.parse(row.files))
  return {
    id: row.id as DatasetVersion['id'], // made by this domain, so it has the brand
    dataset: row.dataset,
    version: row.version,
    number: row.number,
    digest: row.digest,
    sizeBytes: row.size_bytes,
    rowCount: row.row_count,
    format: DatasetFormat.parse(row.format),
    columns: DatasetColumn.array().parse(JSON.parse(row.columns)),
    files,
    fileCount: row.file_count ?? files.length,
    storage: DatasetStorage.parse(row.storage),
    message: row.message,
    tables: DatasetTable.array().parse(JSON.parse(row.tables ?? '[]')),
    ...(row.source === null ? {} : { source: DatasetSource.parse(JSON.parse(row.source)) }),
    ...(row.split === null ? {} : { split: DatasetSplit.parse(JSON.parse(row.split)) }),
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
  }
}

function toRow(workspace: string, version: DatasetVersion, extras: VersionExtras) {
  const orNull = (value: unknown) => (value === undefined ? null : JSON.stringify(value))
  return {
    workspace,
    id: version.id,
    dataset: version.dataset,
    number: version.number,
    version: version.version,
    digest: version.digest,
    size_bytes: version.sizeBytes,
    row_count: version.rowCount,
    format: version.format,
    columns: JSON.stringify(version.columns),
    files: JSON.stringify(version.files),
    split: orNull(version.split),
    profile: JSON.stringify(extras.profile),
    created_at_ms: version.createdAtMs,
    created_by: version.createdBy,
    message: version.message,
    storage: version.storage,
    file_count: version.fileCount,
    manifest: extras.manifest ?? null,
    tables: version.tables.length === 0 ? null : JSON.stringify(version.tables),
    table_profiles: Object.keys(extras.tableProfiles).length === 0 ? null : JSON.stringify(extras.tableProfiles),
    source: orNull(version.source),
    sealed_source: extras.sealedSource ?? null,
  }
}

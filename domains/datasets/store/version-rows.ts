import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import type { DatasetVersion } from '../contract.ts'
import { ColumnProfile, DatasetColumn, DatasetFile, DatasetFormat, DatasetSplit } from '../contract.ts'
import type { DatasetTables } from './tables.ts'

type Row = Omit<Selectable<DatasetTables['datasets_version']>, 'profile' | 'workspace'>

// Everything but the profile, which is large and asked for alone.
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
] as const

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
    profile: async (id: string) => {
      const row = await versions().select(['profile', 'row_count']).where('id', '=', id).executeTakeFirst()
      if (row === undefined) return undefined
      return { rowCount: row.row_count, columns: ColumnProfile.array().parse(JSON.parse(row.profile)) }
    },
    insertVersion: (version: DatasetVersion, profile: readonly ColumnProfile[]) =>
      db
        .insertInto('datasets_version')
        .values(toRow(workspace, version, profile))
        .execute(),
    deleteVersion: (id: string) =>
      db.deleteFrom('datasets_version').where('workspace', '=', workspace).where('id', '=', id).execute(),
  }
}

function optional(row: Row | undefined): DatasetVersion | undefined {
  return row === undefined ? undefined : toVersion(row)
}

function toVersion(row: Row): DatasetVersion {
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
    files: DatasetFile.array().parse(JSON.parse(row.files)),
    ...(row.split === null ? {} : { split: DatasetSplit.parse(JSON.parse(row.split)) }),
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
  }
}

function toRow(workspace: string, version: DatasetVersion, profile: readonly ColumnProfile[]) {
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
    split: version.split === undefined ? null : JSON.stringify(version.split),
    profile: JSON.stringify(profile),
    created_at_ms: version.createdAtMs,
    created_by: version.createdBy,
  }
}

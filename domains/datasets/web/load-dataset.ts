import type { ColumnProfile, Dataset, DatasetProfile, DatasetVersion } from '@millrace/datasets/contract'
import { loadThread } from '@millrace/lineage/web'
import { orNull, type Api } from '@millrace/ui/data'
import { compact, count, score, shortDay } from '@millrace/ui/format'
import type { ThreadStop } from '@millrace/ui/shell'

export interface DatasetView {
  name: string
  description: string
  /** Newest first. */
  versions: readonly DatasetVersion[]
  chosen: DatasetVersion | null
  columns: readonly ColumnRow[]
  /** Which of several tables the columns are of; null where the version is one table, or none. */
  table: string | null
  thread: readonly ThreadStop[]
  /** Predictions of the versions that descend from the chosen one; null where that is not known. */
  answered: Answered | null
}

/** What this page reads of model serving's counts, which are a later domain's. */
export interface Answered {
  count: number
  byVersion: readonly { endpoint: string; version: number; versionId: string; count: number }[]
}

export interface ColumnRow {
  name: string
  type: string
  nulls: number
  nullShare: number
  distinct: string
  low: string
  middle: string
  high: string
  /** How the values are spread; null where there is nothing to draw. */
  bars: { labels: readonly string[]; values: readonly number[] } | null
}

/** Fetches a dataset and one version of it (by name; empty: the newest). */
export async function loadDataset(api: Api, name: string, version: string, signal: AbortSignal): Promise<DatasetView> {
  const at = `datasets/${encodeURIComponent(name)}`
  const [dataset, versions] = await Promise.all([
    api.get<Dataset>(at, { signal }),
    api.get<{ items: readonly DatasetVersion[] }>(`${at}/versions`, { query: { limit: 200 }, signal }),
  ])
  const wanted = version === '' || version === 'latest' ? dataset.latestVersion : version
  const chosen =
    wanted === null
      ? null
      : (versions.items.find((each) => each.version === wanted) ??
        (await api.get<DatasetVersion>(`${at}/versions/${encodeURIComponent(wanted)}`, { signal })))
  const head = { name: dataset.name, description: dataset.description, versions: versions.items, chosen }
  if (chosen === null) return { ...head, columns: [], table: null, thread: [], answered: null }
  const table = tableOf(chosen)
  const [profile, thread, answered] = await Promise.all([
    // Images and texts have no table to profile.
    orNull(api.get<DatasetProfile>(`dataset-versions/${chosen.id}/profile`, { query: { table }, signal })),
    loadThread(api, 'dataset-version', chosen.id, signal),
    orNull(api.get<Answered>('prediction-counts', { query: { datasetVersionId: chosen.id }, signal })),
  ])
  return { ...head, columns: (profile?.columns ?? []).map(columnRow), table: table ?? null, thread, answered }
}

/** Of several tables, the first that could be read; undefined where the version is one table, or none. */
function tableOf({ format, tables }: DatasetVersion): string | undefined {
  return format === 'files' ? tables.find(({ problem }) => problem === undefined)?.name : undefined
}

/** A column of the profile as a row of the table. */
export function columnRow(column: ColumnProfile): ColumnRow {
  const write = column.kind === 'time' ? writeTime : writeValue
  return {
    name: column.name,
    type: column.type.toLowerCase(),
    nulls: column.nulls,
    nullShare: column.count === 0 ? 0 : column.nulls / column.count,
    distinct: `${column.distinctIsExact ? '' : '≈ '}${count(column.distinct)}`,
    low: write(column.min),
    middle: write(column.mean),
    high: write(column.max),
    bars: barsOf(column),
  }
}

function writeTime(value: number | string | null): string {
  return typeof value === 'number' ? `${shortDay(value, 'UTC')} ${new Date(value).getUTCFullYear()}` : (value ?? '·')
}

function writeValue(value: number | string | null): string {
  if (typeof value !== 'number') return value ?? '·'
  return Number.isInteger(value) ? compact(value) : score(value, 3)
}

function barsOf(column: ColumnProfile): ColumnRow['bars'] {
  const { histogram, topValues } = column
  if (histogram !== null) {
    const write = column.kind === 'time' ? writeTime : writeValue
    return { labels: histogram.edges.slice(0, -1).map((edge) => `from ${write(edge)}`), values: histogram.counts }
  }
  if (topValues === null || topValues.length === 0) return null
  return { labels: topValues.map((each) => each.value), values: topValues.map((each) => each.count) }
}

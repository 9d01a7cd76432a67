import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { Problem } from '@millrace/contract'
import type { ApiClient, Command } from '@millrace/terminal'
import { command, exitCodes, formatBytes, formatCount, formatNumber, formatTime } from '@millrace/terminal'

interface Version {
  id: string
  dataset: string
  version: string
  rowCount: number
  sizeBytes: number
  digest: string
  createdAtMs: number
}

interface ColumnProfile {
  name: string
  type: string
  nulls: number
  distinct: number
  min: unknown
  max: unknown
  mean: number | null
}

/** `millrace data …`. */
export const commands: readonly Command[] = [
  command({
    path: ['data', 'list'],
    summary: 'Lists data sets',
    examples: ['millrace data list'],
    run: async ({ api, show }) => {
      const { items } = await api.get<{ items: { name: string; latestVersion: string | null; description: string }[] }>(
        '/datasets',
      )
      show(items, items, [
        { title: 'Name', value: (row) => row.name },
        { title: 'Latest', value: (row) => row.latestVersion },
        { title: 'Description', value: (row) => row.description },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['data', 'add'],
    summary: 'Registers a Parquet or CSV file, or a folder of them, as a new version',
    usage: 'DATASET PATH',
    minimumArgs: 2,
    options: [
      { name: 'version', describe: 'Name of the version; default the next number', value: 'NAME' },
      { name: 'time-column', describe: 'Column that holds the event time', value: 'COLUMN' },
    ],
    examples: ['millrace data add flights flights-3m.parquet --version 2001-h1 --time-column date'],
    run: async ({ api, args, text, print }) => {
      const [dataset = '', path = ''] = args
      const files = await upload(api, dataset, path)
      const body = { files, ...given('version', text('version')), ...given('timeColumn', text('time-column')) }
      const version = await api.post<Version>(`/datasets/${encodeURIComponent(dataset)}/versions`, body)
      const what = `${formatCount(version.rowCount)} rows, ${formatBytes(version.sizeBytes)}`
      print(
        version,
        `datasets:/${version.dataset}@${version.version}  ${what}  ${version.digest.slice(0, 19)}  ${version.id}`,
      )
      return exitCodes.ok
    },
  }),
  command({
    path: ['data', 'log'],
    summary: 'Lists the versions of a data set, newest first',
    usage: 'DATASET',
    minimumArgs: 1,
    examples: ['millrace data log flights'],
    run: async ({ api, args, show }) => {
      const { items } = await api.get<{ items: Version[] }>(`/datasets/${encodeURIComponent(args[0] ?? '')}/versions`)
      show(items, items, [
        { title: 'Version', value: (row) => row.version },
        { title: 'Rows', value: (row) => formatCount(row.rowCount), align: 'right' },
        { title: 'Size', value: (row) => formatBytes(row.sizeBytes), align: 'right' },
        { title: 'Created', value: (row) => formatTime(row.createdAtMs) },
        { title: 'Id', value: (row) => row.id },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['data', 'split'],
    summary: 'Cuts a span of time out of a version, as a version of its own',
    usage: 'DATASET VERSION --as NAME --from TIME --to TIME --column COLUMN',
    minimumArgs: 2,
    options: [
      { name: 'as', describe: 'Name of the new version', value: 'NAME' },
      { name: 'into', describe: 'Data set of the new version; default the same', value: 'DATASET' },
      { name: 'column', describe: 'Column that holds the time', value: 'COLUMN' },
      { name: 'from', describe: 'First moment, RFC 3339', value: 'TIME' },
      { name: 'to', describe: 'Moment after the last, RFC 3339', value: 'TIME' },
    ],
    examples: ['millrace data split flights 2001-h1 --as 2001-01-02 --column date --from 2001-01-02 --to 2001-03-01'],
    run: async ({ api, args, text, print }) => {
      const [dataset = '', source = ''] = args
      const path = `/datasets/${encodeURIComponent(dataset)}/versions/${encodeURIComponent(source)}/splits`
      const times = { fromMs: timeOf(text('from'), '--from'), toMs: timeOf(text('to'), '--to') }
      const version = await api.post<Version>(path, {
        version: text('as'),
        column: text('column'),
        ...given('into', text('into')),
        ...times,
      })
      print(
        version,
        `datasets:/${version.dataset}@${version.version}  ${formatCount(version.rowCount)} rows  ${version.id}`,
      )
      return exitCodes.ok
    },
  }),
  command({
    path: ['data', 'profile'],
    summary: 'Shows the columns of a version: types, nulls, ranges, means',
    usage: 'DATASET VERSION',
    minimumArgs: 2,
    examples: ['millrace data profile flights latest'],
    run: async ({ api, args, show }) => {
      const [dataset = '', name = ''] = args
      const version = await api.get<Version>(
        `/datasets/${encodeURIComponent(dataset)}/versions/${encodeURIComponent(name)}`,
      )
      const profile = await api.get<{ columns: ColumnProfile[] }>(`/dataset-versions/${version.id}/profile`)
      show(profile, profile.columns, [
        { title: 'Column', value: (row) => row.name },
        { title: 'Type', value: (row) => row.type },
        { title: 'Nulls', value: (row) => formatCount(row.nulls), align: 'right' },
        { title: 'Distinct', value: (row) => formatCount(row.distinct), align: 'right' },
        { title: 'Min', value: (row) => plain(row.min, row.type), align: 'right' },
        { title: 'Mean', value: (row) => plain(row.mean, row.type), align: 'right' },
        { title: 'Max', value: (row) => plain(row.max, row.type), align: 'right' },
      ])
      return exitCodes.ok
    },
  }),
]

async function upload(api: ApiClient, dataset: string, path: string): Promise<{ path: string; digest: string }[]> {
  const uploaded: { path: string; digest: string }[] = []
  for (const file of await filesBelow(path)) {
    const body = Readable.toWeb(createReadStream(file.from)) as ReadableStream // Node's and the DOM's stream are one
    const response = await api.raw('POST', `/datasets/${encodeURIComponent(dataset)}/uploads`, {
      body,
      query: { path: file.name },
      headers: { 'content-type': 'application/octet-stream' },
    })
    const { digest } = (await response.json()) as { digest: string } // the upload route's answer
    uploaded.push({ path: file.name, digest })
  }
  return uploaded
}

async function filesBelow(path: string): Promise<{ from: string; name: string }[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Problem('client/no-such-file', 400, `There is no file or folder at ${path}.`)
  if (found.isFile()) return [{ from: path, name: basename(path) }]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.(parquet|csv)$/i.test(entry.name))
  if (files.length === 0) throw new Problem('client/no-such-file', 400, `${path} holds no .parquet or .csv file.`)
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((from) => ({ from, name: relative(path, from) }))
}

function timeOf(text: string | undefined, flag: string): number {
  const atMs = Date.parse(text ?? '')
  if (Number.isNaN(atMs))
    throw new Problem('client/bad-time', 400, `${flag} needs a time such as 2001-03-01 or 2001-03-01T00:00:00Z.`)
  return atMs
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

/** Times come as epoch milliseconds. */
function plain(value: unknown, type: string): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number') return /^(TIMESTAMP|DATE)/.test(type) ? formatTime(value) : formatNumber(value)
  return JSON.stringify(value).replaceAll('"', '')
}

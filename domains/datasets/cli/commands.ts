import { Problem } from '@millrace/contract'
import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatBytes, formatCount, formatNumber, formatTime } from '@millrace/terminal'
import { findVersion } from '../chunks/cli/manifest-client.ts'
import type { ColumnProfile, DatasetVersion } from '../contract.ts'
import { diffCommand } from './diff-command.ts'
import { gcCommand } from './gc-command.ts'
import { given } from './given.ts'
import { transferCommands } from './transfer-commands.ts'

export { checkOut } from '../chunks/cli/checkout.ts'
export { versionOfFolder } from '../chunks/cli/folder-state.ts'
export { findVersion } from '../chunks/cli/manifest-client.ts'

/** `millrace data …`. */
export const commands: readonly Command[] = [
  ...transferCommands,
  diffCommand,
  gcCommand,
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
    path: ['data', 'log'],
    summary: 'Lists the versions of a data set, newest first',
    usage: 'DATASET',
    minimumArgs: 1,
    examples: ['millrace data log flights'],
    run: async ({ api, args, show }) => {
      const { items } = await api.get<{ items: DatasetVersion[] }>(
        `/datasets/${encodeURIComponent(args[0] ?? '')}/versions`,
      )
      show(items, items, [
        { title: 'Version', value: (row) => row.version },
        { title: 'Rows', value: (row) => formatCount(row.rowCount), align: 'right' },
        { title: 'Size', value: (row) => formatBytes(row.sizeBytes), align: 'right' },
        { title: 'Files', value: (row) => formatCount(row.fileCount), align: 'right' },
        { title: 'Created', value: (row) => formatTime(row.createdAtMs) },
        { title: 'By', value: (row) => row.createdBy },
        { title: 'Id', value: (row) => row.id },
        { title: 'Message', value: (row) => row.message, wrapAt: 60 },
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
      const version = await api.post<DatasetVersion>(path, {
        version: text('as'),
        column: text('column'),
        ...given({ into: text('into') }),
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
    path: ['data', 'show'],
    summary: 'Shows a version: where it is from, its files and tables',
    usage: 'DATASET[@VERSION]',
    minimumArgs: 1,
    examples: ['millrace data show flights@2001-h1', 'millrace data show flights --json'],
    run: async ({ api, args, print }) => {
      const version = await findVersion(api, args[0] ?? '')
      print(version, describe(version))
      return exitCodes.ok
    },
  }),
  command({
    path: ['data', 'profile'],
    summary: 'Shows the columns of a version: types, nulls, ranges, means',
    usage: 'DATASET VERSION',
    minimumArgs: 2,
    options: [{ name: 'table', describe: 'Which of several tables ("data show" names them)', value: 'TABLE' }],
    examples: ['millrace data profile flights latest', 'millrace data profile shop v3 --table orders.csv'],
    run: async ({ api, args, show, text }) => {
      const [dataset = '', name = ''] = args
      const version = await api.get<DatasetVersion>(
        `/datasets/${encodeURIComponent(dataset)}/versions/${encodeURIComponent(name)}`,
      )
      const query = given({ table: text('table') })
      const profile = await api.get<{ columns: ColumnProfile[] }>(`/dataset-versions/${version.id}/profile`, query)
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

const shownFiles = 20

function describe(version: DatasetVersion): string {
  const { columns, tables, files, fileCount, source, split } = version
  const row = (title: string, text: string) => `${title.padEnd(10)}${text}`
  return [
    `datasets:/${version.dataset}@${version.version}`,
    ...(version.message === '' ? [] : [row('Message', version.message)]),
    row('Id', version.id),
    row('Digest', version.digest),
    row('Created', `${formatTime(version.createdAtMs)} by ${version.createdBy}`),
    row('Size', `${formatBytes(version.sizeBytes)} in ${formatCount(fileCount)} files`),
    ...(source === undefined ? [] : [row('Source', `${source.url}${source.verified ? '' : ' (not read)'}`)]),
    ...(split === undefined ? [] : [row('Split of', split.of)]),
    ...(columns.length === 0
      ? []
      : [row('Table', `${formatCount(version.rowCount)} rows, ${columns.length} columns (${version.format})`)]),
    ...tables.map((table) =>
      row(
        'Table',
        table.problem ?? `${table.name}: ${formatCount(table.rowCount)} rows, ${table.columns.length} columns`,
      ),
    ),
    ...files.slice(0, shownFiles).map((file) => row('File', `${file.path}  ${formatBytes(file.sizeBytes)}`)),
    ...(fileCount > shownFiles
      ? [row('', `and ${formatCount(fileCount - Math.min(shownFiles, files.length))} more`)]
      : []),
  ].join('\n')
}

function timeOf(text: string | undefined, flag: string): number {
  const atMs = Date.parse(text ?? '')
  if (Number.isNaN(atMs))
    throw new Problem('client/bad-time', 400, `${flag} needs a time such as 2001-03-01 or 2001-03-01T00:00:00Z.`)
  return atMs
}

/** Times come as epoch milliseconds. */
function plain(value: unknown, type: string): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number') return /^(TIMESTAMP|DATE)/.test(type) ? formatTime(value) : formatNumber(value)
  return JSON.stringify(value).replaceAll('"', '')
}

import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatBytes, formatCount, formatNumber, formatTable } from '@millrace/terminal'
import { referenceOf } from '../chunks/cli/manifest-client.ts'
import type { DatasetDiff, TableDiff } from '../contract.ts'

/** `millrace data diff A B`. */
export const diffCommand: Command = command({
  path: ['data', 'diff'],
  summary: 'Shows what changed from one version to another: files, columns, rows, distributions',
  usage: 'DATASET@VERSION DATASET@VERSION',
  minimumArgs: 2,
  options: [
    {
      name: 'key',
      describe: 'Column that tells rows apart; may be given several times',
      kind: 'list',
      value: 'COLUMN',
    },
  ],
  examples: ['millrace data diff flights@v1 flights@v2', 'millrace data diff flights@v1 flights@v2 --key id --json'],
  run: async ({ api, args, list, print }) => {
    const [from = '', to = ''] = args.map(referenceOf)
    const keys = list('key').join(',')
    const diff = await api.get<DatasetDiff>('/dataset-diffs', { from, to, ...(keys === '' ? {} : { keys }) })
    print(diff, textOf(diff))
    return exitCodes.ok
  },
})

/** Files that are named; all are counted. */
const shownFiles = 20
const shownShifts = 15

function textOf(diff: DatasetDiff): string {
  const { files, from, to } = diff
  if (diff.same) return `${from.dataset}@${from.version} and ${to.dataset}@${to.version} are the same.`
  const { added, removed, changed, unchanged } = files
  const counts = `${formatCount(added)} added, ${formatCount(removed)} removed, ${formatCount(changed)} changed, ${formatCount(unchanged)} unchanged`
  const named = [
    ...files.addedFiles.map((file) => `  + ${file.path}  ${formatBytes(file.sizeBytes)}`),
    ...files.removedFiles.map((file) => `  - ${file.path}  ${formatBytes(file.sizeBytes)}`),
    ...files.changedFiles.map(
      (file) => `  ~ ${file.path}  ${formatBytes(file.wasBytes ?? 0)} → ${formatBytes(file.sizeBytes)}`,
    ),
  ]
  const more = named.length > shownFiles ? [`  and ${formatCount(named.length - shownFiles)} more`] : []
  return [
    `${from.dataset}@${from.version} → ${to.dataset}@${to.version}`,
    `Files: ${counts}; ${formatBytes(files.newBytes)} new`,
    ...named.slice(0, shownFiles),
    ...more,
    ...diff.tables.flatMap(tableText),
    ...diff.notCompared.map(({ table, reason }) => `${table}: not compared: ${reason}`),
  ].join('\n')
}

function tableText({ table, rows, columns, shifts }: TableDiff): string[] {
  const changed = rows.changed === null ? '' : `, ${formatCount(rows.changed)} changed`
  const how = rows.keys.length === 0 ? 'as a multiset' : `by ${rows.keys.join(', ')}`
  const moved = shifts.filter(({ psi, nulls: [before, after] }) => psi > 0.001 || before !== after)
  const lines = [
    '',
    `Table ${table}`,
    `  Rows: ${formatCount(rows.from)} → ${formatCount(rows.to)}: ${formatCount(rows.added)} added, ${formatCount(rows.removed)} removed${changed}, ${formatCount(rows.unchanged)} unchanged (compared ${how})`,
    ...columns.added.map(({ name, type }) => `  + column ${name} ${type}`),
    ...columns.removed.map(({ name, type }) => `  - column ${name} ${type}`),
    ...columns.retyped.map(({ name, from, to }) => `  ~ column ${name} ${from} → ${to}`),
  ]
  if (moved.length === 0) return [...lines, '  Distributions: no change']
  const drawn = formatTable(moved.slice(0, shownShifts), [
    { title: 'Column', value: (row) => row.column },
    { title: 'PSI', value: (row) => formatNumber(row.psi), align: 'right' },
    { title: 'JS', value: (row) => formatNumber(row.js), align: 'right' },
    { title: 'KS', value: (row) => (row.ks === null ? null : formatNumber(row.ks)), align: 'right' },
    { title: 'Nulls', value: ({ nulls }) => `${formatCount(nulls[0])} → ${formatCount(nulls[1])}`, align: 'right' },
    { title: 'Mean', value: (row) => meanText(row), align: 'right' },
  ])
  return [...lines, ...drawn.split('\n').map((line) => `  ${line}`)]
}

function meanText({ means, kind }: TableDiff['shifts'][number]): string | null {
  if (means === null) return null
  const text = (mean: number) => (kind === 'time' ? new Date(mean).toISOString().slice(0, 16) : formatNumber(mean))
  return `${text(means[0])} → ${text(means[1])}`
}

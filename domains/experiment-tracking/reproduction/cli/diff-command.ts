import type { CommandContext } from '@millrace/terminal'
import { command, exitCodes, formatNumber, formatTable } from '@millrace/terminal'
import type { Change, Differences, Figures, MetricValue } from '../../contract.ts'

const widest = 60

/** `millrace diff RUN RUN`. */
export const diffCommand = command({
  path: ['diff'],
  summary: 'Compares two runs: code, params, data, packages, machine, metrics',
  usage: 'RUN RUN',
  minimumArgs: 2,
  options: [{ name: 'patch', describe: 'Show how the uncommitted changes differ, line by line', kind: 'flag' }],
  examples: ['millrace diff 0af3… 77c1…', 'millrace diff 0af3… 77c1… --json'],
  run: async ({ api, args, flag, print }: CommandContext) => {
    const [run = '', other = ''] = args.map(encodeURIComponent)
    const found = await api.get<Differences>(`/runs/${run}/differences/${other}`)
    print(found, textOf(found, flag('patch')))
    return exitCodes.ok
  },
})

function textOf(found: Differences, showPatch: boolean): string {
  const { run, other, same, unknown } = found
  const hasPatches = found.patch.lines.length > 0
  const patch = showPatch
    ? `Patch (- only in A, + only in B)\n${patchText(found.patch)}`
    : 'The patches differ; --patch shows how.'
  const seen = unknown.length === 0 ? 'no difference' : 'no difference that is known'
  const parts = [
    `A  ${run.id}  ${run.name} (${run.experiment}, ${run.status})\nB  ${other.id}  ${other.name} (${other.experiment}, ${other.status})`,
    section('Code', changesText(found.code), seen),
    hasPatches ? patch : '',
    section('Params', changesText(found.params), `no difference (${same.params} the same)`),
    section('Data', changesText(found.data), `no difference (${same.data} the same)`),
    section('Environment', changesText(found.environment), seen),
    section('Packages', packagesText(found), `${seen} (${same.packages} the same)`),
    section('Hardware', changesText(found.hardware), seen),
    section('Metrics', metricsText(found), `no difference (${same.metrics} the same)`),
    unknown.join('\n'),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** A heading with its table, or words for an empty one. */
function section(title: string, table: string, none: string): string {
  return table === '' ? `${title}: ${none}` : `${title}\n${table.replaceAll(/^/gm, '  ')}`
}

function changesText(changes: readonly Change[]): string {
  if (changes.length === 0) return ''
  return formatTable(changes, [
    { title: 'Field', value: (row) => row.field },
    { title: 'A', value: (row) => row.run, wrapAt: widest },
    { title: 'B', value: (row) => row.other, wrapAt: widest },
  ])
}

function packagesText({ packages }: Differences): string {
  if (packages.length === 0) return ''
  return formatTable(packages, [
    { title: 'Package', value: (row) => row.name },
    { title: 'A', value: (row) => row.run },
    { title: 'B', value: (row) => row.other },
    { title: '', value: (row) => (row.run === null ? 'added' : row.other === null ? 'removed' : 'changed') },
  ])
}

function metricsText({ metrics }: Differences): string {
  if (metrics.length === 0) return ''
  const rows = metrics.flatMap(({ key, run, other, difference }) =>
    (['last', 'min', 'max'] as const)
      .filter((figure) => figure === 'last' || saysMore(figure, run, other))
      .map((figure) => ({ key, figure, run, other, difference: difference[figure] })),
  )
  return formatTable(rows, [
    { title: 'Metric', value: (row) => row.key },
    { title: '', value: (row) => row.figure },
    { title: 'A', value: (row) => shown(row.run, row.figure), align: 'right' },
    { title: 'B', value: (row) => shown(row.other, row.figure), align: 'right' },
    { title: 'B − A', value: (row) => formatNumber(row.difference), align: 'right' },
  ])
}

/** The least and the greatest of a single point are its value again. */
function saysMore(figure: 'min' | 'max', run: Figures | null, other: Figures | null): boolean {
  const isLast = (figures: Figures | null) => figures === null || figures[figure] === figures.last
  return run?.[figure] !== other?.[figure] && !(isLast(run) && isLast(other))
}

const shown = (figures: Figures | null, figure: keyof Figures) => formatMetric(figures?.[figure])

/** A metric's value for a table: its whole digits, since a small difference is what is looked for. */
export function formatMetric(value: MetricValue | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value).replace(/^-(?=\d)/, '−')
}

function patchText({ lines, truncated }: Differences['patch']): string {
  // What stands in a file must not move the cursor.
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  const shownLines = lines.map((line) => `  ${line.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ')}`)
  return [...shownLines, ...(truncated ? ['  … and more; GET the artifacts code/patch.diff for the whole.'] : [])].join(
    '\n',
  )
}

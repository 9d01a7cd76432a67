import { formatTable } from '../output/table.ts'
import type { Command, CommandOption } from './command.ts'

/** The help of one command: what it does, its options, examples. */
export function commandHelp(command: Command, globals: readonly CommandOption[]): string {
  const usage = `millrace ${command.path.join(' ')}${command.usage === undefined ? '' : ` ${command.usage}`}`
  return [
    command.summary,
    '',
    `Usage: ${usage}`,
    ...section('Options', command.options ?? []),
    ...(command.passThrough === true ? [] : section('Every command', globals)),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
  ].join('\n')
}

/** The list of commands. */
export function overviewHelp(commands: readonly Command[], globals: readonly CommandOption[]): string {
  const rows = commands.toSorted((a, b) => (a.path.join(' ') < b.path.join(' ') ? -1 : 1))
  const list = formatTable(rows, [
    { title: 'Command', value: (row) => `millrace ${row.path.join(' ')}` },
    { title: 'What it does', value: (row) => row.summary },
  ])
  return [
    'Millrace: the whole machine-learning life cycle in one program.',
    '',
    list,
    ...section('Every command', globals),
    '',
    'Exit codes: 0 done, 1 the answer is no (broken chain, failed run), 2 usage, 3 the server refused, 4 the server is away or failed.',
    '"millrace COMMAND --help" shows options and examples.',
  ].join('\n')
}

function section(title: string, options: readonly CommandOption[]): string[] {
  if (options.length === 0) return []
  const names = options.map((option) => `--${option.name}${option.kind === 'flag' ? '' : ` ${option.value ?? 'TEXT'}`}`)
  const width = Math.max(...names.map((name) => name.length))
  return [
    '',
    `${title}:`,
    ...options.map((option, index) => `  ${(names[index] ?? '').padEnd(width)}  ${option.describe}`),
  ]
}

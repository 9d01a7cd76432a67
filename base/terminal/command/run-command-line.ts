import { parseArgs } from 'node:util'
import { Problem } from '@millrace/contract'
import { createClient } from '../client/client.ts'
import { formatTable } from '../output/table.ts'
import type { Command, CommandContext, CommandOption } from './command.ts'
import { exitCodes } from './command.ts'
import { commandHelp, overviewHelp } from './help.ts'

/** Options that every command has. */
export const globalOptions: readonly CommandOption[] = [
  { name: 'server', describe: 'Address of the server (MILLRACE_URL; default http://127.0.0.1:7400)', value: 'URL' },
  { name: 'token', describe: 'Token to act with (MILLRACE_TOKEN)', value: 'TOKEN' },
  { name: 'workspace', describe: 'Workspace (MILLRACE_WORKSPACE; default "default")', value: 'NAME' },
  { name: 'json', describe: 'Print JSON for programs', kind: 'flag' },
  { name: 'help', describe: 'Show this help', kind: 'flag' },
]

export interface CommandLine {
  readonly commands: readonly Command[]
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** Finds the command, parses its options, runs it. Resolves to the exit code; problems become a sentence on standard error. */
export async function runCommandLine(line: CommandLine): Promise<number> {
  const { argv, commands } = line
  if (argv[0] === '--version' || argv[0] === 'version') {
    line.out(line.version)
    return exitCodes.ok
  }
  const found = findCommand(commands, argv)
  if (found === undefined) return overview(line)
  const rest = argv.slice(found.path.length)
  const own = beforeDashes(rest)
  if (own.includes('--help') || own.includes('-h')) {
    line.out(commandHelp(found, globalOptions))
    return exitCodes.ok
  }
  try {
    return await found.run(contextOf(line, found, rest))
  } catch (error) {
    return report(line, found, error)
  }
}

/** What is the command's own: behind `--` stands another program's. */
function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

function overview(line: CommandLine): number {
  const first = line.argv[0]
  const asked = first === undefined || first === '--help' || first === '-h' || first === 'help'
  const group = line.commands.filter((candidate) => candidate.path[0] === first)
  if (asked) line.out(overviewHelp(line.commands, globalOptions))
  else if (group.length > 0) line.out(overviewHelp(group, globalOptions))
  else line.err(`There is no command "${line.argv.slice(0, 2).join(' ')}". "millrace --help" lists them.`)
  return asked || (group.length > 0 && line.argv.includes('--help')) ? exitCodes.ok : exitCodes.usage
}

/** The command whose words are the longest match of what was typed. */
function findCommand(commands: readonly Command[], argv: readonly string[]): Command | undefined {
  return commands
    .filter((candidate) => candidate.path.every((word, index) => argv[index] === word))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
}

class UsageError extends Error {}

function contextOf(line: CommandLine, found: Command, rest: readonly string[]): CommandContext {
  const { values, positionals } = parse(found, rest)
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
  if (positionals.length < (found.minimumArgs ?? 0))
    throw new UsageError(`Something is missing: millrace ${found.path.join(' ')} ${found.usage ?? ''}`)
  const json = values['json'] === true
  return {
    args: positionals,
    argv: rest,
    text,
    json,
    env: line.env,
    list: (name) => (Array.isArray(values[name]) ? values[name].map(String) : []),
    flag: (name) => values[name] === true,
    api: createClient({
      url: text('server') ?? line.env['MILLRACE_URL'] ?? 'http://127.0.0.1:7400',
      token: text('token') ?? line.env['MILLRACE_TOKEN'],
      workspace: text('workspace') ?? line.env['MILLRACE_WORKSPACE'] ?? 'default',
    }),
    show: (value, rows, columns) => line.out(json ? JSON.stringify(value) : formatTable(rows, columns)),
    say: (sentence) => void (json || line.out(sentence)),
    print: (value, sentence) => line.out(json ? JSON.stringify(value) : sentence),
  }
}

function parse(found: Command, rest: readonly string[]) {
  if (found.passThrough === true) return { values: {} as Record<string, unknown>, positionals: [] as string[] }
  const options = Object.fromEntries(
    [...(found.options ?? []), ...globalOptions].map((option) => [
      option.name,
      { type: option.kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: option.kind === 'list' },
    ]),
  )
  try {
    const { values, positionals } = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true })
    return { values: values as Record<string, unknown>, positionals }
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error))
  }
}

function report(line: CommandLine, found: Command, error: unknown): number {
  if (error instanceof UsageError) {
    line.err(`${error.message}\n"millrace ${found.path.join(' ')} --help" shows how.`)
    return exitCodes.usage
  }
  if (error instanceof Problem) {
    line.err(
      beforeDashes(line.argv).includes('--json')
        ? JSON.stringify({ code: error.code, status: error.status, detail: error.message })
        : error.message,
    )
    return error.status >= 500 ? exitCodes.unavailable : exitCodes.refused
  }
  line.err(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return exitCodes.unavailable
}

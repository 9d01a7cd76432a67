import type { ApiClient } from '../client/client.ts'
import type { Column } from '../output/table.ts'

/** What a process ends with. Documented in `millrace --help`. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** The answer is no: a chain that is broken, a gate that failed, a run that failed. */
  no: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** The server refused (a problem with a status below 500). */
  refused: 3,
  /** The server cannot be reached, or failed. */
  unavailable: 4,
} as const

export interface CommandOption {
  readonly name: string
  readonly describe: string
  /** `flag` takes no value. Default `text`. */
  readonly kind?: 'text' | 'flag' | 'list'
  /** How the value is called in the help: `--to PATH`. */
  readonly value?: string
}

/** What a command is given. */
export interface CommandContext {
  readonly args: readonly string[]
  /** An option's text; undefined when it was not given. */
  readonly text: (name: string) => string | undefined
  readonly list: (name: string) => readonly string[]
  readonly flag: (name: string) => boolean
  readonly api: ApiClient
  readonly json: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Everything as typed behind the command, for commands that hand their flags on. */
  readonly argv: readonly string[]
  /** Prints rows as a table, or the value as JSON with `--json`. */
  readonly show: <T>(value: unknown, rows: readonly T[], columns: readonly Column<T>[]) => void
  /** Prints a sentence for people; silent with `--json`. */
  readonly say: (text: string) => void
  /** Prints JSON with `--json`, else the text. */
  readonly print: (value: unknown, text: string) => void
}

/** One command: `millrace <path> …`. */
export interface Command {
  /** Its words: `['data', 'add']`. */
  readonly path: readonly string[]
  readonly summary: string
  /** What follows the words: `DATASET PATH...`. */
  readonly usage?: string
  readonly options?: readonly CommandOption[]
  readonly examples: readonly string[]
  /** Takes unknown flags and hands them on (server, demo). */
  readonly passThrough?: boolean
  /** Arguments it needs at least. */
  readonly minimumArgs?: number
  /** Resolves to the exit code. */
  readonly run: (context: CommandContext) => Promise<number>
}

/** Declares a command; see `Command`. */
export function command(definition: Command): Command {
  return definition
}

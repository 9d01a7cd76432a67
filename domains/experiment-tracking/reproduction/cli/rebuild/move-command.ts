import { basename, delimiter, isAbsolute, join } from 'node:path'
import { existsSync } from 'node:fs'

export interface Moved {
  /** Where the repository lay, and where it lies now. */
  readonly from: string | undefined
  readonly to: string
  /** The programs of the rebuilt environment. */
  readonly programs: string | undefined
}

/** The recorded command for the new place: paths below the old repository, and programs of the old environment. */
export function moveCommand(command: readonly string[], moved: Moved): string[] {
  const [program = '', ...args] = command
  return [moveProgram(program, moved), ...args.map((word) => moveText(word, moved))]
}

function moveProgram(program: string, moved: Moved): string {
  const { programs } = moved
  if (programs === undefined) return moveText(program, moved)
  if (/^(python|pypy)[\d.]*$/.test(basename(program))) return join(programs, 'python')
  const own = join(programs, basename(program))
  return existsSync(own) ? own : moveText(program, moved)
}

/** Paths below the old repository, wherever they stand in a word (`--out=/old/models`, `/old/a:/old/b`). */
export function moveText(text: string, { from, to }: Moved): string {
  if (from === undefined || !isAbsolute(from)) return text
  return text
    .split(/([=:,])/)
    .map((part) => (part === from || part.startsWith(`${from}/`) ? to + part.slice(from.length) : part))
    .join('')
}

/** This machine's environment with the recorded variables and the rebuilt programs first. */
export function movedEnvironment(
  env: NodeJS.ProcessEnv,
  variables: Readonly<Record<string, string>>,
  moved: Moved,
): NodeJS.ProcessEnv {
  const { PYTHONHOME: _home, VIRTUAL_ENV: _env, PYTHONPATH: _path, ...rest } = env
  const recorded = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, moveText(value, moved)]))
  const { programs } = moved
  if (programs === undefined) return { ...rest, ...recorded }
  const path = [programs, ...(env['PATH'] ?? '').split(delimiter)].join(delimiter)
  return { ...rest, ...recorded, PATH: path, VIRTUAL_ENV: join(programs, '..') }
}

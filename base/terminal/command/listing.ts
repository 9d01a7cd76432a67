import type { Column } from '../output/table.ts'
import type { Command } from './command.ts'
import { exitCodes } from './command.ts'

/** A command that shows one list of the API as a table. */
export interface Listing<T> {
  readonly path: readonly string[]
  readonly summary: string
  /** What follows the words; each argument fills a `{0}`, `{1}` of `url`. */
  readonly usage?: string
  readonly url: string
  readonly columns: readonly Column<T>[]
  readonly example: string
}

/** Makes the command of a listing: `GET url` answers `{items}`. */
export function listing<T>(list: Listing<T>): Command {
  const placeholders = [...list.url.matchAll(/\{\d\}/g)].length
  return {
    path: list.path,
    summary: list.summary,
    ...(list.usage === undefined ? {} : { usage: list.usage }),
    minimumArgs: placeholders,
    examples: [list.example],
    run: async ({ api, args, show }) => {
      const url = list.url.replaceAll(/\{(\d)\}/g, (_all, index: string) =>
        encodeURIComponent(args[Number(index)] ?? ''),
      )
      const { items } = await api.get<{ items: T[] }>(url)
      show(items, items, list.columns)
      return exitCodes.ok
    },
  }
}

/** A command that sends one decision about one thing and says what became of it. */
export interface Decision {
  readonly path: readonly string[]
  readonly summary: string
  readonly usage: string
  /** `{0}` is the first argument. */
  readonly url: string
  /** Whether `--reason` is asked for, may be given, or is not known. */
  readonly reason: 'required' | 'optional' | 'none'
  /** The body's member for the reason; default `reason`. */
  readonly reasonField?: string
  readonly example: string
  readonly said: (answer: Record<string, unknown>) => string
}

/** Makes the command of a decision. */
export function decision(made: Decision): Command {
  return {
    path: made.path,
    summary: made.summary,
    usage: `${made.usage}${made.reason === 'required' ? ' --reason TEXT' : ''}`,
    minimumArgs: 1,
    options:
      made.reason === 'none' ? [] : [{ name: 'reason', describe: 'Why; it is kept in the audit', value: 'TEXT' }],
    examples: [made.example],
    run: async ({ api, args, text, print, say }) => {
      const reason = made.reason === 'none' ? undefined : text('reason')
      if (made.reason === 'required' && (reason === undefined || reason === '')) {
        say('This needs --reason TEXT: it is kept in the audit.')
        return exitCodes.usage
      }
      const url = made.url.replace('{0}', encodeURIComponent(args[0] ?? ''))
      const answer = await api.post<Record<string, unknown>>(
        url,
        reason === undefined ? {} : { [made.reasonField ?? 'reason']: reason },
      )
      print(answer, made.said(answer))
      return exitCodes.ok
    },
  }
}

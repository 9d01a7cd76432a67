import { readFile } from 'node:fs/promises'
import { Problem } from '@millrace/contract'
import type { CommandContext } from '@millrace/terminal'
import { exitCodes } from '@millrace/terminal'

interface Answer {
  readonly version: number
  readonly predictions: readonly { readonly id: string; readonly outputs: Record<string, unknown> }[]
}

/** `millrace predict ENDPOINT [FILE]`: asks an endpoint for predictions of rows. Throws `client/no-rows`, `client/no-such-file`, `client/bad-rows`. */
export async function askEndpoint({ api, args, text, show }: CommandContext): Promise<number> {
  const rows = rowsOf(text('row') ?? (await textOf(args[1])))
  const answer = await api.post<Answer>(`/endpoints/${encodeURIComponent(args[0] ?? '')}/predict`, { rows })
  show(answer, answer.predictions, [
    { title: 'Prediction', value: (row) => row.id },
    { title: 'Outputs', value: (row) => JSON.stringify(row.outputs) },
    { title: 'Version', value: () => answer.version, align: 'right' },
  ])
  return exitCodes.ok
}

async function textOf(path: string | undefined): Promise<string> {
  if (path === undefined)
    throw new Problem('client/no-rows', 400, 'Name a JSON file with rows, or give one row with --row.')
  return readFile(path, 'utf8').catch(() => {
    throw new Problem('client/no-such-file', 400, `There is no file at ${path}.`)
  })
}

function rowsOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch {
    throw new Problem('client/bad-rows', 400, 'The rows are not JSON: give an object, or a list of objects.')
  }
}

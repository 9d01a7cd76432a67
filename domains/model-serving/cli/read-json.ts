import { readFile } from 'node:fs/promises'
import { Problem } from '@millrace/contract'

/** A JSON file's value. Throws `client/no-such-file`, `client/bad-json`. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Problem('client/no-such-file', 400, `There is no file at ${path}.`)
  })
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Problem('client/bad-json', 400, `${path} is not JSON.`)
  }
}

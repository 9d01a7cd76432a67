import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What a model asks of its environment: lines such as `scikit-learn==1.5.0`. */
export interface Requirements {
  readonly lines: readonly string[]
  /** Lines that are not a package's name with versions: addresses, options, other files. They are not installed. */
  readonly refused: readonly string[]
}

const requirement =
  /^[A-Za-z0-9][\w.-]*(\[[\w,.\s-]+\])?\s*([<>=!~]=?=?[^;@#\s]+(\s*,\s*[<>=!~]=?=?[^;@#\s]+)*)?\s*(;.*)?$/

/** The requirements beside a model: `requirements.txt` in its folder. None where there is no such file. */
export async function readRequirements(modelPath: string): Promise<Requirements> {
  for (const folder of [modelPath, dirname(modelPath)]) {
    const text = await readFile(join(folder, 'requirements.txt'), 'utf8').catch(() => undefined)
    if (text !== undefined) return parseRequirements(text)
  }
  return { lines: [], refused: [] }
}

/** The lines of a requirements file. */
export function parseRequirements(text: string): Requirements {
  const all = text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
  return {
    lines: all.filter((line) => requirement.test(line)),
    refused: all.filter((line) => !requirement.test(line)),
  }
}

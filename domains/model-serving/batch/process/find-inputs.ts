import { globSync, readdirSync, statSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import type { DataFormat, InputFile } from '../model/batch-plan.ts'
import { batchProblem } from '../model/batch-problems.ts'

const formats: Readonly<Record<string, DataFormat>> = {
  '.parquet': 'parquet',
  '.pq': 'parquet',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'jsonl',
}

/** The format that a file's name says, also below `.gz` and `.zst`; undefined where it says none. */
export function formatOf(path: string): DataFormat | undefined {
  return formats[extname(path.replace(/\.(gz|zst)$/, '')).toLowerCase()]
}

/** All files of the input, in the order they were named, a folder's and a glob's by name. Throws `batch-prediction/no-input`, `mixed-input`. */
export function findInputs(paths: readonly string[]): { files: InputFile[]; format: DataFormat } {
  const files = paths.flatMap((path) => {
    const found = filesAt(resolve(path))
    if (found.length === 0) throw batchProblem['no-input']({ path })
    return found
  })
  const found = [...new Set(files.map((path) => formatOf(path)))]
  const [format] = found
  if (format === undefined) throw batchProblem['no-input']({ path: paths.join(', ') })
  if (found.length > 1) throw batchProblem['mixed-input']({ formats: found.join(', ') })
  return { files: files.map(inputFile), format }
}

/** A file's size and time of change. */
export function inputFile(path: string): InputFile {
  const { size, mtimeMs } = statSync(path)
  return { path, sizeBytes: size, modifiedAtMs: mtimeMs }
}

function filesAt(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() === true) return [path]
  if (found?.isDirectory() === true) return filesIn(path)
  return globSync(path)
    .filter((each) => statSync(each).isFile())
    .toSorted(byName)
}

/** Names that begin with a dot or an underscore are not data, as the field has it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !/^[._]/.test(name))
    .toSorted((one, other) => byName(one.name, other.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesIn(path)
      return formatOf(entry.name) === undefined ? [] : [path]
    })
}

const byName = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

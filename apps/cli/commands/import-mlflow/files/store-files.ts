import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

/** What a `meta.yaml` says. */
export type Meta = Readonly<Record<string, unknown>>

/** Experiments' numbers of 18 digits are usual, and must keep them. */
function numberWhereSafe(_key: unknown, value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Reads a YAML file; undefined where there is none, or where it is no mapping (one that was being written, say). */
export async function readMeta(path: string): Promise<Meta | undefined> {
  try {
    const value: unknown = parse(await readFile(path, 'utf8'), numberWhereSafe, { intAsBigInt: true })
    return typeof value === 'object' && value !== null ? (value as Meta) : undefined
  } catch {
    return undefined
  }
}

/** The folders in a folder, by name; none where it is not there. */
export async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
}

/** The files below a folder: a key with slashes lies in folders. */
export async function filesBelow(path: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(path, below), { withFileTypes: true }).catch(() => [])
  const found: string[] = []
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await filesBelow(path, name)))
    else if (entry.isFile()) found.push(name)
  }
  return found
}

/** Texts by key: every file below a folder holds one. */
export async function textsIn(path: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const key of await filesBelow(path)) texts[key] = await readFile(join(path, key), 'utf8')
  return texts
}

/** Lines of a file, without empty ones. */
export async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '')
}

/** Whether there is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}

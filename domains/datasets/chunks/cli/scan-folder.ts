import type { BigIntStats } from 'node:fs'
import { lstat, readdir, readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Problem } from '@millrace/contract'
import { FilePath, isInside } from '../../contract.ts'
import { partsFolder, stateFile } from './folder-state.ts'

/** A file of a folder, or a symbolic link with its `link`. Times are nanoseconds. */
export interface ScannedFile {
  /** Its path in the version, with `/`. */
  readonly path: string
  /** Where it lies on this machine. */
  readonly from: string
  readonly sizeBytes: number
  readonly modifiedAtNs: bigint
  readonly executable: boolean
  readonly link?: string
}

const leftOut = new Set([stateFile, partsFolder, '.git'])

/**
 * The files below a folder, sorted by path, or the one file at `path`. Git's own folder and this program's two names are
 * left out; a link that leads out of the folder, a device or a name that no version can hold is refused.
 */
export async function scanFolder(path: string): Promise<ScannedFile[]> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  if (found === undefined) throw new Problem('client/no-such-file', 400, `There is no file or folder at ${path}.`)
  if (found.isFile()) return [fileOf(checkedName(basename(path)), path, found)]
  const files: ScannedFile[] = []
  await scan(path, '', files)
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function scan(root: string, below: string, files: ScannedFile[]): Promise<void> {
  for (const name of await readdir(join(root, below))) {
    if (leftOut.has(name)) continue
    const path = checkedName(below === '' ? name : `${below}/${name}`)
    const from = join(root, path)
    const found = await lstat(from, { bigint: true }).catch(() => undefined)
    if (found === undefined) throw unreadableName(path)
    if (found.isDirectory()) await scan(root, path, files)
    else if (found.isSymbolicLink()) files.push(await linkOf(path, from, found))
    else if (found.isFile()) files.push(fileOf(path, from, found))
    else
      throw new Problem(
        'client/no-file',
        400,
        `${from} is neither a file nor a folder, so it cannot be part of a version.`,
      )
  }
}

function fileOf(path: string, from: string, found: BigIntStats): ScannedFile {
  const executable = (found.mode & 0o111n) !== 0n
  return { path, from, sizeBytes: Number(found.size), modifiedAtNs: found.mtimeNs, executable }
}

async function linkOf(path: string, from: string, found: BigIntStats): Promise<ScannedFile> {
  const link = await readlink(from)
  if (!isInside(path, link)) {
    const reason = `${from} is a link to ${link}, which lies outside of what is added. Replace it by what it points to.`
    throw new Problem('client/link-outside', 400, reason)
  }
  return { ...fileOf(path, from, found), sizeBytes: 0, executable: false, link }
}

function checkedName(path: string): string {
  const result = FilePath.safeParse(path)
  if (!result.success || !path.isWellFormed() || path.includes('\u{fffd}')) throw unreadableName(path)
  return path
}

function unreadableName(path: string): Problem {
  const shown = JSON.stringify(path.slice(0, 300))
  return new Problem(
    'client/bad-name',
    400,
    `${shown} cannot be part of a version: a name needs valid UTF-8 without control characters, backslashes and "..". Rename it.`,
  )
}

import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@millrace/contract'

/** What a folder was brought to, kept in the folder itself. */
export interface FolderState {
  readonly dataset: string
  readonly version: string
  readonly versionId: string
  readonly savedAtMs: number
  /** By path; links carry their target as `link:<target>`. */
  readonly files: Readonly<Record<string, StateFile>>
}

export interface StateFile {
  readonly digest: string
  readonly sizeBytes: number
  readonly modifiedAtNs: string
  readonly executable: boolean
}

export const stateFile = '.millrace-data.json'
/** Where files lie while they are fetched, so that a fetch that was broken off goes on. */
export const partsFolder = '.millrace-parts'

/** Reads what a folder was brought to; undefined where nothing was. */
export async function readState(folder: string): Promise<FolderState | undefined> {
  const path = join(folder, stateFile)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as FolderState // only this module writes it
  } catch (error) {
    const sentence = `${path} is damaged. Delete it and check the version out again with --force.`
    throw new Problem('client/bad-state', 400, sentence, {}, error)
  }
}

/** The id of the version that a folder was brought to; undefined where nothing was checked out. */
export async function versionOfFolder(folder: string): Promise<string | undefined> {
  return (await readState(folder))?.versionId
}

/** Keeps it, whole or not at all. */
export async function writeState(folder: string, state: FolderState): Promise<void> {
  const path = join(folder, stateFile)
  await writeFile(`${path}.new`, JSON.stringify(state))
  await rename(`${path}.new`, path)
}

/** A time stamp younger than this when the state was written does not prove that a file is unchanged. */
const racyMs = 2000

/** True when a file's size and time say that it is what the state says. */
export function isUntouched(
  state: FolderState,
  file: { path: string; sizeBytes: number; modifiedAtNs: bigint; executable: boolean; link?: string },
): boolean {
  const known = Object.hasOwn(state.files, file.path) ? state.files[file.path] : undefined
  if (known === undefined) return false
  if (file.link !== undefined) return known.digest === `link:${file.link}`
  const sameTime = known.modifiedAtNs === String(file.modifiedAtNs)
  const settled = Number(file.modifiedAtNs / 1_000_000n) < state.savedAtMs - racyMs
  return known.sizeBytes === file.sizeBytes && known.executable === file.executable && sameTime && settled
}

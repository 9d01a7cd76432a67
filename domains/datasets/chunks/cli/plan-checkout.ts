import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Problem } from '@millrace/contract'
import type { FileEntry, LinkEntry, ManifestEntry } from '../../contract.ts'
import { isFile } from '../../contract.ts'
import type { FolderState } from './folder-state.ts'
import { isUntouched } from './folder-state.ts'
import { foldersBetween } from './safe-paths.ts'

/** What has to happen in a folder so that it is a version. */
export interface CheckoutPlan {
  readonly fetch: FileEntry[]
  readonly links: LinkEntry[]
  /** Files of the version before that this one does not have. */
  readonly remove: string[]
  readonly unchanged: number
}

type Here = 'absent' | 'same' | 'ours' | 'theirs'

/**
 * Compares a folder with a version. Files that a person changed since the last checkout, and strange files in the way, are
 * refused unless `force`. `trusts` says whether the digest is that of the bytes. Throws `client/would-overwrite`.
 */
export async function planCheckout(
  folder: string,
  entries: readonly ManifestEntry[],
  state: FolderState | undefined,
  options: { readonly force: boolean; readonly trusts: boolean },
): Promise<CheckoutPlan> {
  const plan: CheckoutPlan & { unchanged: number } = { fetch: [], links: [], remove: [], unchanged: 0 }
  const inTheWay: string[] = []
  for (const entry of entries) {
    const here = await compare(folder, entry, state, options.trusts)
    if (here === 'theirs') inTheWay.push(entry.path)
    if (here === 'same') plan.unchanged += 1
    else addTo(plan, entry)
  }
  const wanted = new Set(entries.map(({ path }) => path))
  for (const { path, here } of await leftovers(folder, wanted, state)) {
    if (here === 'theirs') inTheWay.push(path)
    plan.remove.push(path)
  }
  if (inTheWay.length > 0 && !options.force) throw overwrites(inTheWay)
  return plan
}

function overwrites(paths: readonly string[]): Problem {
  const shown = paths.slice(0, 10).map((path) => `  ${path}`)
  const more = paths.length > 10 ? `\n  and ${paths.length - 10} more` : ''
  return new Problem(
    'client/would-overwrite',
    409,
    `These files were changed here and would be lost:\n${shown.join('\n')}${more}\nNothing was written. Add them as a version first, or give --force to lose them.`,
    { paths },
  )
}

/** What the last checkout left here that this version does not have. */
async function leftovers(folder: string, wanted: ReadonlySet<string>, state: FolderState | undefined) {
  const found: { path: string; here: Here }[] = []
  for (const path of Object.keys(state?.files ?? {})) {
    const here = wanted.has(path) ? 'absent' : await compareKnown(folder, path, state)
    if (here !== 'absent') found.push({ path, here })
  }
  return found
}

function addTo(plan: CheckoutPlan, entry: ManifestEntry): void {
  if (isFile(entry)) plan.fetch.push(entry)
  else plan.links.push(entry)
}

async function compare(
  folder: string,
  entry: ManifestEntry,
  state: FolderState | undefined,
  trusts: boolean,
): Promise<Here> {
  const above = await compareAbove(folder, entry.path, state)
  if (above !== undefined) return above
  const found = await lookAt(folder, entry.path)
  if (found === undefined) return 'absent'
  // A folder of nothing but what the checkout before left goes with its files.
  if (found.kind === 'folder') return (await holdsOnlyOurs(folder, entry.path, state)) ? 'absent' : 'theirs'
  if (!isFile(entry)) return found.link === entry.link ? 'same' : compareKnown(folder, entry.path, state)
  const digest = await digestIfEqual(folder, entry, found, state, trusts)
  if (digest !== entry.digest) return compareKnown(folder, entry.path, state)
  return found.executable === (entry.executable === true) ? 'same' : 'ours'
}

/** What the folders above a path say of it; undefined where they are all there. */
async function compareAbove(folder: string, path: string, state: FolderState | undefined): Promise<Here | undefined> {
  for (const above of foldersBetween(path)) {
    const found = await lookAt(folder, above)
    if (found === undefined) return 'absent'
    // What stands where a folder must be is judged by its own name, when it is this program's to remove.
    if (found.kind !== 'folder') return (await compareKnown(folder, above, state)) === 'ours' ? 'absent' : 'theirs'
  }
  return undefined
}

async function holdsOnlyOurs(folder: string, path: string, state: FolderState | undefined): Promise<boolean> {
  const below = await readdir(join(folder, path), { recursive: true, withFileTypes: true })
  for (const found of below) {
    if (found.isDirectory()) continue
    const own = relative(folder, join(found.parentPath, found.name))
    if ((await compareKnown(folder, own, state)) !== 'ours') return false
  }
  return below.length > 0
}

/** The digest of a file that may be what the entry says; undefined for one that cannot. */
async function digestIfEqual(
  folder: string,
  entry: FileEntry,
  found: FoundHere,
  state: FolderState | undefined,
  trusts: boolean,
): Promise<string | undefined> {
  if (found.kind !== 'file') return undefined
  if (state !== undefined && isUntouched(state, found)) return state.files[entry.path]?.digest
  return trusts && found.sizeBytes === entry.sizeBytes ? digestOf(join(folder, entry.path)) : undefined
}

interface FoundHere {
  readonly path: string
  readonly kind: 'file' | 'link' | 'folder' | 'other'
  readonly sizeBytes: number
  readonly modifiedAtNs: bigint
  readonly executable: boolean
  readonly link?: string
}

async function lookAt(folder: string, path: string): Promise<FoundHere | undefined> {
  const at = join(folder, path)
  const found = await lstat(at, { bigint: true }).catch(() => undefined)
  if (found === undefined) return undefined
  const executable = (found.mode & 0o111n) !== 0n
  const about = { path, sizeBytes: Number(found.size), modifiedAtNs: found.mtimeNs, executable }
  if (found.isSymbolicLink()) return { ...about, kind: 'link', executable: false, link: await readlink(at) }
  return { ...about, kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other' }
}

/** Whether what stands at a path is what the last checkout left there. */
async function compareKnown(folder: string, path: string, state: FolderState | undefined): Promise<Here> {
  const found = await lookAt(folder, path)
  if (found === undefined) return 'absent'
  if (state === undefined || !Object.hasOwn(state.files, path)) return 'theirs'
  if (found.kind === 'folder' || found.kind === 'other') return 'theirs'
  return isUntouched(state, found) || (await hasDigest(folder, found, state)) ? 'ours' : 'theirs'
}

async function hasDigest(folder: string, found: FoundHere, state: FolderState): Promise<boolean> {
  const known = state.files[found.path]
  if (found.kind !== 'file' || known?.sizeBytes !== found.sizeBytes) return false
  return (await digestOf(join(folder, found.path))) === known.digest
}

/** The SHA-256 of a file. */
export async function digestOf(path: string): Promise<string> {
  const sum = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) sum.update(piece as Buffer) // no encoding
  return `sha256:${sum.digest('hex')}`
}

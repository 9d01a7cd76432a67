import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { CodeState, UntrackedFile } from '../../../contract.ts'
import { digestOf, outputOf } from './run-program.ts'

/** The state of the repository around a folder, with the patch itself. */
export interface CapturedCode {
  readonly code: CodeState
  readonly root: string
  readonly patch: Buffer | undefined
}

const mostUntracked = 1000
const mostDigestedBytes = 64 * 1024 * 1024
const mostKeptBytes = 1024 * 1024

/** Reads the state of the repository around `folder`; undefined where there is none with a commit. */
export async function captureCode(folder: string, keepUntracked: boolean): Promise<CapturedCode | undefined> {
  const root = (await outputOf('git', ['rev-parse', '--show-toplevel'], { cwd: folder }))?.text.trim()
  if (root === undefined) return undefined
  const git = async (...args: string[]) => outputOf('git', args, { cwd: root })
  const commit = (await git('rev-parse', 'HEAD'))?.text.trim()
  if (commit === undefined) return undefined
  const [branch, repository, holders, patch, untracked] = await Promise.all([
    git('symbolic-ref', '--short', 'HEAD'),
    remoteOf(root),
    git('branch', '-r', '--contains', commit),
    patchOf(root),
    untrackedOf(root, keepUntracked),
  ])
  return {
    root,
    patch,
    code: {
      repository,
      root,
      host: hostname(),
      commit,
      branch: branch?.text.trim() ?? null,
      pushed: holders === undefined ? null : holders.text.trim() !== '',
      patch: patch === undefined ? null : { digest: digestOf(patch), sizeBytes: patch.byteLength },
      untracked: untracked.files,
      untrackedOmitted: untracked.omitted,
    },
  }
}

/** What differs from the commit; undefined for a clean tree. */
async function patchOf(root: string): Promise<Buffer | undefined> {
  // Said wholly, so that a reader's own settings do not change the form.
  const form = ['--binary', '--full-index', '--no-color', '--no-ext-diff', '--no-textconv']
  const prefixes = ['--src-prefix=a/', '--dst-prefix=b/']
  const patch = await outputOf('git', ['diff', 'HEAD', ...form, ...prefixes], { cwd: root })
  return patch === undefined || patch.bytes.byteLength === 0 ? undefined : patch.bytes
}

async function untrackedOf(root: string, keep: boolean): Promise<{ files: UntrackedFile[]; omitted: number }> {
  const listed = await outputOf('git', ['ls-files', '--others', '--exclude-standard', '-z'], { cwd: root })
  const names = (listed?.text ?? '').split('\0').filter((name) => name !== '')
  const files = await Promise.all(names.slice(0, mostUntracked).map((path) => describeFile(root, path, keep)))
  return { files, omitted: Math.max(0, names.length - mostUntracked) }
}

async function remoteOf(root: string): Promise<string | null> {
  const names = ((await outputOf('git', ['remote'], { cwd: root }))?.text ?? '').split('\n')
  const name = names.includes('origin') ? 'origin' : names[0]
  if (name === undefined || name === '') return null
  const address = (await outputOf('git', ['remote', 'get-url', name], { cwd: root }))?.text.trim()
  return address === undefined ? null : withoutCredentials(address)
}

/** Takes user and password out of an address with a scheme; `git@host:path` carries no secret and stays. */
export function withoutCredentials(address: string): string {
  return address.replace(/^(https?:\/\/)[^@/]*@/i, '$1')
}

async function describeFile(root: string, path: string, keep: boolean): Promise<UntrackedFile> {
  const full = join(root, path)
  const found = await lstat(full).catch(() => undefined)
  if (found?.isFile() !== true) return { path, digest: null, sizeBytes: 0, kept: false }
  const sizeBytes = found.size
  const digest = sizeBytes <= mostDigestedBytes ? await digestOfFile(full) : null
  return { path, digest, sizeBytes, kept: keep && digest !== null && sizeBytes <= mostKeptBytes }
}

/** The digest of a file's bytes; null where it cannot be read. */
export async function digestOfFile(path: string): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
    return `sha256:${hash.digest('hex')}`
  } catch {
    return null
  }
}

/** `folder` as seen from `root`; `.` is the root itself. */
export function placeBelow(root: string, folder: string): string {
  const path = relative(root, folder)
  return path === '' ? '.' : path
}

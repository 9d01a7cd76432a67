import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'

/** What git knows of a folder's files; all null or false where there is no repository with a commit. */
export interface GitState {
  readonly gitCommit: string | null
  /** True when files differ from the commit, or one of `files` is not in the repository. */
  readonly dirty: boolean
  /** Digest of the difference to the commit (`git diff HEAD`), where there is one. */
  readonly patchDigest: string | null
}

/** Asks git about `root`. `files` are the paths below it that count; others may be untracked. */
export async function gitState(root: string, files: readonly string[]): Promise<GitState> {
  const none = { gitCommit: null, dirty: false, patchDigest: null }
  const head = await git(root, ['rev-parse', 'HEAD'])
  if (head === undefined) return none
  const patch = await git(root, ['diff', 'HEAD', '--binary', '--no-color', '--no-ext-diff'])
  const tracked = await git(root, ['ls-files', '-z', '--', ...files])
  if (patch === undefined || tracked === undefined) return none
  const known = new Set(tracked.text.split('\0'))
  const hasPatch = patch.sizeBytes > 0
  return {
    gitCommit: head.text.trim(),
    dirty: hasPatch || files.some((file) => !known.has(file)),
    patchDigest: hasPatch ? patch.digest : null,
  }
}

/** Runs git; undefined when it is not installed or says no. Output beyond a megabyte is digested, not kept. */
function git(
  cwd: string,
  args: readonly string[],
): Promise<{ text: string; sizeBytes: number; digest: string } | undefined> {
  return new Promise((resolve) => {
    const child = spawn('git', [...args], { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
    const hash = createHash('sha256')
    let text = ''
    let sizeBytes = 0
    child.stdout.on('data', (chunk: Buffer) => {
      hash.update(chunk)
      sizeBytes += chunk.byteLength
      if (text.length < 1_048_576) text += chunk.toString('utf8')
    })
    child.once('error', () => resolve(undefined))
    child.once('close', (code) =>
      resolve(code === 0 ? { text, sizeBytes, digest: `sha256:${hash.digest('hex')}` } : undefined),
    )
  })
}

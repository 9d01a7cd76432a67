import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ApiClient } from '@millrace/terminal'
import type { CodeState, Provenance } from '../../../contract.ts'
import { provenanceArtifacts } from '../../../contract.ts'
import { digestOf, outputOf, runProgram } from '../capture/run-program.ts'
import type { Finding } from './finding.ts'
import { impossible, missing, note, ready } from './finding.ts'
import { placeInside } from './place-inside.ts'

const fetchTimeoutMs = 600_000
const mostListed = 10
// Nobody is there to type a password.
const gitEnv = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_LFS_SKIP_SMUDGE: '0' }

export interface CodeWish {
  readonly api: ApiClient
  readonly runId: string
  readonly provenance: Provenance
  /** An empty folder. */
  readonly folder: string
  /** Where to take the commit from instead of where it was recorded. */
  readonly from: string | undefined
}

/** Brings the code of a run into a folder: commit, patch, kept files. Everything that is not as it was is a finding. */
export async function fetchCode(wish: CodeWish): Promise<Finding[]> {
  const { code, entryPoint } = wish.provenance
  if (code === null || code.commit === null) {
    return [
      impossible(
        'code',
        'No commit is recorded: the run was started outside a git repository, or by a client that did not say.',
      ),
    ]
  }
  const commit = await fetchCommit(wish, code, code.commit)
  if (commit.some(({ state }) => state === 'impossible')) return commit
  const patch = await applyPatch(wish, code)
  const untracked = await restoreUntracked(wish, code)
  const rest = [...(await lookAtSubmodules(wish.folder)), ...(await lookAtLargeFiles(wish.folder))]
  return [...commit, ...patch, ...untracked, ...rest, ...(await lookForEntryPoint(wish.folder, entryPoint))]
}

async function fetchCommit({ folder, from }: CodeWish, code: CodeState, commit: string): Promise<Finding[]> {
  await outputOf('git', ['init', '--quiet'], { cwd: folder })
  const short = commit.slice(0, 12)
  const sources = from === undefined ? await sourcesOf(code, commit) : [from]
  for (const source of sources) {
    if (!(await fetchFrom(folder, source, commit))) continue
    const out = await outputOf('git', ['checkout', '--quiet', '--detach', commit], { cwd: folder, env: gitEnv })
    if (out === undefined) continue
    const address = code.repository ?? source
    await outputOf('git', ['remote', 'add', 'origin', address], { cwd: folder })
    const found = ready('code', `Commit ${short} from ${source}.`)
    const unpushed = code.pushed === false && source === code.root
    return unpushed ? [found, note('code', `Commit ${short} was not pushed: it is only in ${source}.`)] : [found]
  }
  const looked = sources.length === 0 ? 'no address of it is recorded' : `looked in ${sources.join(', ')}`
  const hint = code.pushed === false ? ' It had not been pushed.' : ''
  const says = `Commit ${short} cannot be found: ${looked}.${hint} Push it, or name a repository that has it with --from.`
  return [impossible('code', says)]
}

/** The repository on this machine where it still has the commit, then the remote. */
async function sourcesOf({ root, repository }: CodeState, commit: string): Promise<string[]> {
  const here =
    root !== null && (await outputOf('git', ['-C', root, 'cat-file', '-e', `${commit}^{commit}`])) !== undefined
  return [...(here && root !== null ? [root] : []), ...(repository === null ? [] : [repository])]
}

/** The commit alone where the other side gives it, else all of its branches and tags. */
async function fetchFrom(folder: string, source: string, commit: string): Promise<boolean> {
  // A word that begins with a dash would be taken for an option, and `ext::` for a program to run.
  if (/^-|^ext::/.test(source) || !/^[0-9a-f]{7,64}$/.test(commit)) return false
  const options = { cwd: folder, env: gitEnv, timeoutMs: fetchTimeoutMs }
  const one = await outputOf('git', ['fetch', '--quiet', '--no-tags', '--depth', '1', source, commit], options)
  if (one !== undefined) return true
  const all = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
  await outputOf('git', ['fetch', '--quiet', source, ...all], options)
  return (await outputOf('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: folder })) !== undefined
}

async function applyPatch({ api, runId, folder, provenance }: CodeWish, code: CodeState): Promise<Finding[]> {
  if (provenance.source === 'client') {
    return [missing('code', 'Whether files differed from the commit is not recorded: MLflow’s client does not say.')]
  }
  if (code.patch === null) return []
  const bytes = await artifactOf(api, runId, provenanceArtifacts.patch)
  if (bytes === undefined || digestOf(bytes) !== code.patch.digest) {
    const why = bytes === undefined ? 'is gone' : 'is not the one that was recorded (its digest differs)'
    return [missing('code', `The patch of the uncommitted changes ${why}.`)]
  }
  const applied = await runProgram('git', ['apply', '--whitespace=nowarn', '-'], { cwd: folder, input: bytes })
  return applied?.code === 0
    ? [ready('code', `Uncommitted changes applied (${code.patch.digest.slice(7, 19)}).`)]
    : [missing('code', `The patch of the uncommitted changes does not apply: ${applied?.errors ?? 'git is not there'}`)]
}

async function restoreUntracked({ api, runId, folder }: CodeWish, code: CodeState): Promise<Finding[]> {
  const lost: string[] = []
  let restored = 0
  for (const { path, digest, kept } of code.untracked) {
    const bytes = kept ? await artifactOf(api, runId, `${provenanceArtifacts.untracked}/${path}`) : undefined
    const target = path.split('/').includes('.git') ? undefined : await placeInside(folder, path)
    if (bytes === undefined || digestOf(bytes) !== digest || target === undefined) {
      lost.push(path)
      continue
    }
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, bytes)
    restored += 1
  }
  const more = lost.length + code.untrackedOmitted - mostListed
  const names = `${lost.slice(0, mostListed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return [
    ...(restored === 0 ? [] : [ready('code', `${restored} untracked files restored.`)]),
    ...(lost.length === 0
      ? []
      : [missing('code', `Untracked files were not kept: ${names}. "millrace run --keep-untracked" keeps them.`)]),
  ]
}

async function lookAtSubmodules(folder: string): Promise<Finding[]> {
  if (!(await isThere(join(folder, '.gitmodules')))) return []
  const args = ['submodule', 'update', '--init', '--recursive', '--quiet']
  const done = await runProgram('git', args, { cwd: folder, env: gitEnv, timeoutMs: fetchTimeoutMs })
  if (done?.code === 0) return [ready('code', 'Submodules fetched.')]
  return [missing('code', `The submodules cannot be fetched: ${done?.errors ?? 'it took too long'}`)]
}

async function lookAtLargeFiles(folder: string): Promise<Finding[]> {
  const attributes = await readFile(join(folder, '.gitattributes'), 'utf8').catch(() => '')
  if (!attributes.includes('filter=lfs')) return []
  if ((await outputOf('git', ['lfs', 'version'])) !== undefined) return []
  return [missing('code', 'The repository keeps large files with git-lfs, which is not on this machine.')]
}

async function lookForEntryPoint(folder: string, entryPoint: string | null): Promise<Finding[]> {
  const isFile = entryPoint !== null && /[./]/.test(entryPoint) && !entryPoint.startsWith('/')
  if (!isFile || (await isThere(join(folder, entryPoint)))) return []
  return [missing('code', `The entry point ${entryPoint} is not in the commit.`)]
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

async function artifactOf(api: ApiClient, runId: string, path: string): Promise<Buffer | undefined> {
  const name = path.split('/').map(encodeURIComponent).join('/')
  try {
    const response = await api.raw('GET', `/runs/${encodeURIComponent(runId)}/artifacts/${name}`)
    return Buffer.from(await response.arrayBuffer())
  } catch {
    return undefined
  }
}

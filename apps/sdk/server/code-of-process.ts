import { execFile } from 'node:child_process'
import { isAbsolute, relative } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The git commit and entry point of this process, as far as they can be told; it never throws. */
export async function codeOfProcess(): Promise<object | undefined> {
  const entry = process.argv[1]
  const [head, root, branch, status, remote] = await Promise.all([
    git('rev-parse', 'HEAD'),
    git('rev-parse', '--show-toplevel'),
    git('rev-parse', '--abbrev-ref', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
    git('remote', 'get-url', 'origin'),
  ])
  const code = {
    ...(head === undefined ? {} : { gitCommit: head, dirty: status !== '' }),
    ...(branch === undefined || branch === 'HEAD' ? {} : { gitBranch: branch }),
    ...(remote === undefined ? {} : { gitRepository: withoutPassword(remote) }),
    ...(entry === undefined ? {} : { entryPoint: pathIn(root, entry) }),
  }
  return Object.keys(code).length === 0 ? undefined : code
}

/** What git says; undefined where there is no git or no repository, and where nobody let us start it. */
async function git(...args: string[]): Promise<string | undefined> {
  try {
    return (await run('git', args, { timeout: 2000 })).stdout.trim()
  } catch {
    return undefined
  }
}

function withoutPassword(remote: string): string {
  return remote.replace(/^(\w+:\/\/)[^/@]*@/, '$1')
}

function pathIn(root: string | undefined, path: string): string {
  const inside = root === undefined ? path : relative(root, path)
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside
}

import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { JobEnd } from '../model/job.ts'
import type { FoundEnd } from './executor.ts'
import type { JobResult } from './job-messages.ts'

interface Noted {
  readonly workspace: string
  readonly id: string
  readonly fence: string
  readonly pid: number
}

/** The end that a process's last word means. */
export function endOfResult(result: JobResult): JobEnd {
  return result.type === 'done'
    ? { state: 'succeeded', exitCode: 0, reason: null, answer: result.answer }
    : { state: 'failed', exitCode: 1, reason: result.reason }
}

/**
 * Looks at the folders that a killed server left: ends processes that are still there, gives the results that lie
 * there, and removes the folders of attempts that had none.
 */
export async function recoverFolders(root: string): Promise<FoundEnd[]> {
  const found: FoundEnd[] = []
  for (const name of await readdir(root).catch(() => [])) {
    // Not a job's: the cache of compiled code.
    if (name.startsWith('.')) continue
    const folder = join(root, name)
    const noted = await readJson<Noted>(join(folder, 'attempt.json'))
    if (noted !== undefined) await endLeftover(noted.pid)
    const result = await readJson<JobResult>(join(folder, 'result.json'))
    if (noted === undefined || result === undefined) await rm(folder, { recursive: true, force: true })
    else found.push({ workspace: noted.workspace, id: noted.id, fence: noted.fence, end: endOfResult(result) })
  }
  return found
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T // our own files, written whole
  } catch {
    return undefined
  }
}

/** Children end by themselves with their server; the rare one that is still at it is ended before its job runs again. */
async function endLeftover(pid: number): Promise<void> {
  while (Number.isInteger(pid) && isThere(pid) && (await isOurs(pid))) {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      return
    }
    await sleep(5)
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The number may by now be another program's; and a process that has ended and waits for its parent is no trouble. */
async function isOurs(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => commandByPs(pid))
  return command.includes('run-job')
}

/** For systems without `/proc`. */
async function commandByPs(pid: number): Promise<string> {
  try {
    return (await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])).stdout
  } catch {
    return ''
  }
}

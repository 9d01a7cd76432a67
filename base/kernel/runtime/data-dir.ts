import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { problems } from '@millrace/contract'

export const dataDirProblem = problems('data-dir', {
  'in-use': {
    status: 409,
    say: (p: { path: string; holder: string }) =>
      `The data directory ${p.path} is in use by ${p.holder}. Stop that server, or give this one another --data-dir.`,
  },
  unusable: {
    status: 400,
    say: (p: { path: string; reason: string }) =>
      `The data directory ${p.path} cannot be used: ${p.reason}. Choose another with --data-dir, or make it writable.`,
  },
})

/** A lock on a data directory that ends with the process, also by kill -9. */
export interface DataDirLock {
  /** Writes who holds it, for the sentence that a second server shows. */
  describe(holder: { pid: number; url: string }): void
  release(): void
}

/**
 * Locks a data directory for this process. SQLite's own lock on a small file is used, since the system drops it when
 * the process dies. Throws `data-dir/in-use`, `data-dir/unusable`.
 */
export function lockDataDir(path: string): DataDirLock {
  const note = join(path, 'server.json')
  const lock = openLock(path)
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive')
  } catch (error) {
    lock.close()
    throw dataDirProblem['in-use']({ path, holder: holderOf(note) }, error)
  }
  return {
    describe: (holder) => writeFileSync(note, JSON.stringify(holder)),
    release: () => {
      rmSync(note, { force: true })
      lock.close()
    },
  }
}

function openLock(path: string): DatabaseSync {
  try {
    mkdirSync(path, { recursive: true })
    accessSync(path, constants.W_OK) // says why, where SQLite would only say that it cannot open
    const lock = new DatabaseSync(join(path, 'server.lock'), { timeout: 0 })
    lock.exec('pragma journal_mode = delete')
    return lock
  } catch (error) {
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5
    if (busy) throw dataDirProblem['in-use']({ path, holder: holderOf(join(path, 'server.json')) }, error)
    throw dataDirProblem.unusable({ path, reason: reasonOf(error) }, error)
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EROFS') return 'it is on a read-only file system'
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not write there'
  if (code === 'ENOSPC') return 'its disk is full'
  return error instanceof Error ? error.message : String(error)
}

function holderOf(note: string): string {
  try {
    const { pid, url } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number; url: string } // written by `describe`
    return `the server at ${url} (process ${pid})`
  } catch {
    return 'another server'
  }
}

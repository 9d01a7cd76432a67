import { mkdirSync, utimesSync } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { unreferenced } from '../http/pauses.ts'
import type { Spool, Spools } from '../spool/spool.ts'
import { FolderSpool } from './folder-spool.ts'

// A process that lives says so this often; one that says nothing for long has ended, whoever has its number now.
const sayEveryMs = 60_000
const deadAfterMs = 10 * sayEveryMs

// Deno gives no name of the machine without leave, so it is asked for late.
let name: string | undefined
const hostOf = () => hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')
const self = () => (name ??= `${hostOf()}.${process.pid}.${crypto.randomUUID().slice(0, 8)}`)
const inUse = new Set<string>()

/**
 * Spools as files of JSON lines, one per run and process, in `MILLRACE_SPOOL_DIR` or `~/.millrace/spool`, in a folder per
 * server and workspace. They survive the end of the process, however it ends; not a power cut.
 */
export function folderSpools(target: string, base = join(homedir(), '.millrace', 'spool')): Spools {
  const folder = join(base, encodeURIComponent(target))
  return {
    open: async (runId) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      return used(join(folder, `${Date.now()}.${runId}.${self()}.jsonl`), 0)
    },
    abandoned: async () => {
      const names = await readdir(folder).catch(() => [])
      const taken: Spool[] = []
      for (const name of names.filter((found) => found.endsWith('.jsonl')).sort()) {
        const spool = await takeOver(folder, name)
        if (spool !== undefined) taken.push(spool)
      }
      return taken
    },
  }
}

function used(path: string, offset: number): Spool {
  inUse.add(path)
  sayAlive()
  return new FolderSpool(path, offset, () => inUse.delete(path))
}

let saying: ReturnType<typeof setInterval> | undefined
function sayAlive(): void {
  saying ??= unreferenced(
    setInterval(() => {
      for (const path of inUse) {
        try {
          utimesSync(path, new Date(), new Date())
        } catch {
          // Nothing was spooled yet.
        }
      }
    }, sayEveryMs),
  )
}

async function takeOver(folder: string, name: string): Promise<Spool | undefined> {
  const [startedAt, runId, ...owner] = name.replace(/\.jsonl$/, '').split('.')
  const from = join(folder, name)
  if (inUse.has(from) || !(await isAbandoned(from, owner))) return undefined
  const to = join(folder, `${startedAt}.${runId}.${self()}.jsonl`)
  const offset = await sentOf(from).catch(() => 0)
  if (to !== from) {
    // Of several processes that try, one can rename it.
    const won = await rename(from, to).then(
      () => true,
      () => false,
    )
    if (!won) return undefined
    await rm(`${from}.sent`, { force: true })
  }
  return used(to, offset)
}

async function isAbandoned(path: string, [ownHost, pid, token]: readonly string[]): Promise<boolean> {
  if (`${ownHost}.${pid}.${token}` === self()) return true
  const touchedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now()
  if (Date.now() - touchedMs > deadAfterMs) return true
  // A number says nothing about another machine.
  if (ownHost !== hostOf()) return false
  // In containers many processes are number 1. Another thread of this one has touched its file since this began.
  if (Number(pid) === process.pid) return touchedMs < Date.now() - process.uptime() * 1000
  return !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** How far it was sent; from the start where that cannot be read, or is said of another file: sending again changes nothing. */
async function sentOf(path: string): Promise<number> {
  const said = await readFile(`${path}.sent`, 'utf8').catch(() => '')
  const [, offset, file] = /^(\d+) (\d+)\n$/.exec(said) ?? []
  return file === String((await stat(path)).ino) ? Number(offset) : 0
}

import { execFile } from 'node:child_process'
import { chmod, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** A disk that a test may fill. */
export interface SmallDisk {
  readonly path: string
  /** Leaves no room for anything that the process and its children write. */
  fill(pid: number): Promise<void>
  /** Makes room again. */
  free(pid: number): Promise<void>
  remove(): Promise<void>
}

/** A folder that a server may read and not write. */
export interface ReadOnlyFolder {
  readonly path: string
  /** The command below which a server has to run, so that the folder is read-only to it. */
  readonly below: readonly string[]
  remove(): Promise<void>
}

/** True where this user may mount, as root on a machine of its own may. */
export async function canMount(folder: string): Promise<boolean> {
  const path = join(folder, 'probe')
  await mkdir(path, { recursive: true })
  try {
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path])
  } catch {
    return false
  }
  await exec('umount', [path])
  return true
}

/** A file system of its own of so many MiB, filled by a file beside the server's data. */
export async function mountSmallDisk(path: string, sizeMb: number): Promise<SmallDisk> {
  await mkdir(path, { recursive: true })
  await exec('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', path])
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: () => writeUntilFull(ballast),
    free: () => rm(ballast),
    remove: async () => void (await exec('umount', ['--lazy', path])),
  }
}

/** Where nothing can be mounted: a limit on the size of files stands in, which the system enforces as a full disk's. */
export async function limitedDisk(path: string): Promise<SmallDisk> {
  await mkdir(path, { recursive: true })
  const limit = async (pid: number, bytes: string) => {
    for (const one of [pid, ...(await childrenOf(pid))])
      await exec('prlimit', ['--pid', String(one), `--fsize=${bytes}:`])
  }
  return {
    path,
    fill: (pid) => limit(pid, '0'),
    free: (pid) => limit(pid, 'unlimited'),
    remove: async () => {},
  }
}

/** A read-only view of a folder. */
export async function mountReadOnly(path: string): Promise<ReadOnlyFolder> {
  await mkdir(path, { recursive: true })
  await exec('mount', ['--bind', path, path])
  await exec('mount', ['-o', 'remount,bind,ro', path])
  return { path, below: [], remove: async () => void (await exec('umount', ['--lazy', path])) }
}

/** Where nothing can be mounted: a folder without the right to write; root, which may always write, runs the server as nobody. */
export async function forbidWriting(path: string): Promise<ReadOnlyFolder> {
  await mkdir(path, { recursive: true })
  await chmod(path, 0o555)
  const isRoot = process.getuid?.() === 0
  const below = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
  return { path, below, remove: () => chmod(path, 0o755) }
}

async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, 'a')
  try {
    for (let sizeBytes = 1024 * 1024; sizeBytes >= 1;) {
      const full = await file.write(Buffer.alloc(sizeBytes)).then(
        ({ bytesWritten }) => bytesWritten < sizeBytes,
        () => true,
      )
      if (full) sizeBytes = Math.floor(sizeBytes / 2)
    }
  } finally {
    await file.close()
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  return pids.flatMap((pid, index) => {
    const isChild = Number(stats[index]?.split(') ')[1]?.split(' ')[1]) === parent
    return isChild ? [Number(pid)] : []
  })
}

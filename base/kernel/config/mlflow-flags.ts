import { existsSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configProblem } from './config-problems.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A command line in our own words, with a sentence for every word of MLflow's that means nothing here. */
export interface Translated {
  readonly argv: readonly string[]
  readonly notices: readonly string[]
}

/** What MLflow's word becomes: our words, and what is to be said of it. */
type Meaning = (value: string) => { readonly argv?: readonly string[]; readonly notice?: string }

const nothing = (notice: string): Meaning => {
  return () => ({ notice })
}
const setting =
  (flag: string): Meaning =>
  (value) => ({ argv: [`--${flag}`, value] })

/** MLflow's flags that take a value and are not ours as they are. */
const valued: Readonly<Record<string, Meaning>> = {
  '-h': setting('host'),
  '-p': setting('port'),
  '-w': workers,
  '--workers': workers,
  '--backend-store-uri': storeOf,
  '--registry-store-uri': nothing(
    'The registry lies in the same store as the runs, so --registry-store-uri means nothing here.',
  ),
  '--read-replica-backend-store-uri': nothing(
    'Reads go to the same store as writes, so --read-replica-backend-store-uri means nothing here.',
  ),
  '--workspace-store-uri': nothing(
    'Workspaces lie in the same store as the runs, so --workspace-store-uri means nothing here.',
  ),
  '--static-prefix': (value) => ({ argv: ['--base-path', value.replace(/\/+$/, '')] }),
  '--gunicorn-opts': noPythonServer,
  '--waitress-opts': noPythonServer,
  '--uvicorn-opts': noPythonServer,
  '--expose-prometheus': nothing('Metrics are always at /metrics, so --expose-prometheus means nothing here.'),
  '--x-frame-options': nothing('Pages may be framed by their own origin alone; --x-frame-options means nothing here.'),
  '--trace-archival-config': nothing(
    'Traces stay in the store until they are deleted; --trace-archival-config means nothing here.',
  ),
  '--secrets-cache-ttl': nothing('Secrets are not cached; --secrets-cache-ttl means nothing here.'),
  '--secrets-cache-max-size': nothing('Secrets are not cached; --secrets-cache-max-size means nothing here.'),
}

/** MLflow's switches. */
const switches: Readonly<Record<string, readonly string[]>> = {
  '--serve-artifacts': ['--serve-artifacts', 'true'],
  '--no-serve-artifacts': ['--serve-artifacts', 'false'],
  '--artifacts-only': ['--artifacts-only', 'true'],
  '--disable-workspaces': [],
  '--dev': ['--log-level', 'debug'],
  '--disable-security-middleware': ['--allowed-hosts', '*', '--cors-allowed-origins', '*'],
}

/** MLflow's variables whose values need translating; the others are named beside our settings. */
const variables: Readonly<Record<string, { readonly flag: string; readonly unless: readonly string[] }>> = {
  MLFLOW_BACKEND_STORE_URI: {
    flag: '--backend-store-uri',
    unless: ['--data-dir', '--database-url', 'MILLRACE_DATA_DIR', 'MILLRACE_DATABASE_URL'],
  },
  MLFLOW_STATIC_PREFIX: { flag: '--static-prefix', unless: ['--base-path', 'MILLRACE_BASE_PATH'] },
  MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE: { flag: '--disable-security-middleware', unless: [] },
}

/**
 * Reads the words that `mlflow server` takes and ours does not, and says them in ours. Throws `config/invalid` for a store
 * that cannot be one here.
 */
export function translateMlflow(argv: readonly string[], env: Env): Translated {
  const words = [...fromVariables(argv, env), ...separated(argv)]
  const translated: string[] = []
  const notices: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const [word = '', next] = [words[at], words[at + 1]]
    const meaning = Object.hasOwn(valued, word) && next !== undefined ? valued[word]?.(next) : undefined
    if (meaning === undefined) translated.push(...switched(word, next))
    else {
      at += 1
      translated.push(...(meaning.argv ?? []))
      notices.push(...(meaning.notice === undefined ? [] : [meaning.notice]))
    }
  }
  return { argv: withoutDoubledStore(translated, argv), notices }
}

/** A switch of MLflow's in our words; one that is followed by its value is ours already. */
function switched(word: string, next: string | undefined): readonly string[] {
  if (!Object.hasOwn(switches, word) || next === 'true' || next === 'false') return [word]
  return switches[word] ?? [word]
}

/** `--flag=value` as two words, where the flag is MLflow's. */
function separated(argv: readonly string[]): string[] {
  return argv.flatMap((word) => {
    const [, flag = '', value = ''] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
    return Object.hasOwn(valued, flag) ? [flag, value] : [word]
  })
}

function fromVariables(argv: readonly string[], env: Env): string[] {
  return Object.entries(variables).flatMap(([name, { flag, unless }]) => {
    const value = env[name]
    const said = [flag, ...unless].some((word) => hasFlag(argv, word) || (env[word] ?? '') !== '')
    if (value === undefined || value === '' || said) return []
    if (!Object.hasOwn(switches, flag)) return [flag, value]
    return /^(true|1)$/i.test(value) ? [flag] : []
  })
}

function hasFlag(argv: readonly string[], flag: string): boolean {
  return argv.some((word) => word === flag || word.startsWith(`${flag}=`))
}

/** A data directory that was given in our words wins over one that MLflow's store stands for. */
function withoutDoubledStore(translated: readonly string[], argv: readonly string[]): string[] {
  if (!hasFlag(argv, '--data-dir')) return [...translated]
  const first = translated.indexOf('--data-dir')
  const last = translated.lastIndexOf('--data-dir')
  return first === last ? [...translated] : translated.filter((_word, at) => at !== first && at !== first + 1)
}

/** A PostgreSQL address is one here too; the place of a SQLite file or folder becomes a data directory beside it. */
function storeOf(uri: string): ReturnType<Meaning> {
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(uri))
    return { argv: ['--database-url', uri.replace(/^postgres(ql)?(\+\w+)?:/, 'postgres:')] }
  const sqlite = /^sqlite(?:\+\w+)?:\/\/\/(.*)$/.exec(uri)?.[1]
  const path = sqlite ?? pathOf(uri)
  if (path === undefined || path === '' || path === ':memory:') {
    throw configProblem.invalid({
      setting: '--backend-store-uri',
      source: 'flag',
      reason: `the store ${uri.replace(/\/\/[^@/]*@/, '//…@')} is none that Millrace has; use postgresql://… or sqlite:///path`,
    })
  }
  const dataDir = sqlite === undefined ? join(path, '.millrace') : beside(path)
  const notice = `Millrace keeps its data in ${dataDir}; ${path} is left as it is, and "millrace import mlflow" brings over what it holds.`
  return { argv: ['--data-dir', dataDir], ...(existsSync(path) ? { notice } : {}) }
}

/** `/srv/mlflow.db` → `/srv/mlflow.millrace`. */
function beside(path: string): string {
  const file = path.split('?')[0] ?? path
  return join(dirname(file), `${parse(file).name}.millrace`)
}

function pathOf(uri: string): string | undefined {
  if (uri.startsWith('file://')) return fileURLToPath(uri)
  if (uri.startsWith('file:')) return uri.slice('file:'.length)
  return /^[a-z][\w+.-]+:/i.test(uri) ? undefined : uri
}

function workers(): ReturnType<Meaning> {
  return {
    notice:
      'One process serves all requests, so --workers means nothing here; several servers may share one PostgreSQL.',
  }
}

function noPythonServer(): ReturnType<Meaning> {
  return { notice: 'No gunicorn, waitress or uvicorn runs here, so their options mean nothing.' }
}

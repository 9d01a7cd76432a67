import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { accessSettings } from './access-settings.ts'
import { configProblem } from './config-problems.ts'
import { translateMlflow } from './mlflow-flags.ts'
import { mlflowSettings } from './mlflow-settings.ts'

import { integrationSettings } from './integration-settings.ts'
import { servingSettings } from './serving-settings.ts'

export { configProblem } from './config-problems.ts'

/** One setting: its flag is `--kebab-case`, its variable `MILLRACE_UPPER_CASE`, its key in the file camelCase. */
interface Setting<S extends z.ZodType = z.ZodType> {
  readonly schema: S
  readonly describe: string
  readonly secret?: boolean
  /** Another variable that is read where ours is not set. */
  readonly also?: string
}

const port = z.coerce.number().int().min(0).max(65_535)
const flag = z.union([z.boolean(), z.stringbool()])
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
])

/** Every setting of the server, in the order `millrace config` prints them. */
export const settings = {
  host: {
    schema: z.string().default('127.0.0.1'),
    describe: 'Address to listen on; beyond loopback, accounts are required',
    also: 'MLFLOW_HOST',
  },
  port: {
    schema: port.default(7400),
    describe: 'Port of pages and API; 0 picks a free one',
    also: 'MLFLOW_PORT',
  },
  predictPort: {
    schema: port.optional(),
    describe: 'Port of the data plane; default 7402, or a free one where --port is not 7400',
  },
  grpcPort: {
    schema: port.optional(),
    describe: 'Port of the data plane’s gRPC; 0 takes a free one. Default: 7401 where --port is 7400, else none',
  },
  dataDir: { schema: z.string().default('.millrace'), describe: 'Folder of the database, artifacts and logs' },
  databaseUrl: {
    schema: z.string().optional(),
    describe: 'postgres://… ; without it SQLite in the data directory',
    secret: true,
  },
  artifactStore: {
    schema: z.string().optional(),
    describe:
      'Where all files lie: a folder, s3://bucket/prefix?endpoint=…&region=…, gs://bucket/… or wasbs://container@account.blob.core.windows.net/…; default the data directory',
  },
  artifactsDestination: {
    schema: z.string().optional(),
    describe: 'Where experiments’ artifacts lie, when not with the other files; the layout is MLflow’s',
    also: 'MLFLOW_ARTIFACTS_DESTINATION',
  },
  defaultArtifactRoot: {
    schema: z.string().optional(),
    describe: 'Root of new experiments’ artifacts; default the server’s own store',
    also: 'MLFLOW_DEFAULT_ARTIFACT_ROOT',
  },
  basePath: {
    schema: z
      .string()
      .regex(/^(\/[\w.-]+)*$/, 'write it as /path')
      .default(''),
    describe: 'Path under which everything is served, for a reverse proxy',
  },
  allowedHosts: {
    schema: list.default([]),
    describe: 'Host names this server answers for, besides loopback and --host',
    also: 'MLFLOW_SERVER_ALLOWED_HOSTS',
  },
  trustProxy: { schema: flag.default(false), describe: 'Believe X-Forwarded-* headers of a reverse proxy' },
  tlsCert: {
    schema: z.string().optional(),
    describe: 'PEM file of the certificate; with --tls-key the server speaks HTTPS',
  },
  tlsKey: { schema: z.string().optional(), describe: 'PEM file of the certificate’s key' },
  auth: {
    schema: z.enum(['local', 'required']).optional(),
    describe: 'local: open on loopback; required: tokens everywhere',
  },
  bodyLimitMb: { schema: z.coerce.number().int().min(1).max(4096).default(64), describe: 'Largest JSON body, in MiB' },
  requestTimeoutMs: {
    schema: z.coerce.number().int().min(1000).default(120_000),
    describe: 'Longest a request may take to arrive',
  },
  drainTimeoutMs: {
    schema: z.coerce.number().int().min(0).default(10_000),
    describe: 'Longest a stop waits for requests under way',
  },
  eventRetentionDays: {
    schema: z.coerce.number().min(1).max(36_500).default(30),
    describe: 'How long delivered events are kept; those that wait for their listener stay',
  },
  logLevel: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    describe: 'Least severity that is logged',
  },
  dataPlaneProcesses: {
    schema: z.coerce.number().int().min(1).max(256).optional(),
    describe: 'Inference processes; default one per core but one, at least one and at most four',
  },
  accessLog: {
    schema: flag.default(false),
    describe: 'Writes a line of JSON per prediction request to standard output',
  },
  modelMemoryMb: {
    schema: z.coerce.number().int().min(64).optional(),
    describe:
      'What models that are loaded on demand may take in an inference process, in MiB; the longest unused leave',
  },
  jobSlots: {
    schema: z.coerce.number().int().min(1).max(1024).optional(),
    describe: 'CPU slots for jobs of this machine; default the number of cores',
  },
  secretsKey: {
    schema: z.string().min(8).optional(),
    describe: 'Key of secrets at rest: 32 bytes in base64 or hex, or a passphrase; default a key file',
    secret: true,
    also: 'MLFLOW_CRYPTO_KEK_PASSPHRASE',
  },
  secretsOldKeys: {
    schema: list.default([]),
    describe: 'Earlier keys of secrets at rest, so that what they sealed still opens',
    secret: true,
  },
  secretsKeyFile: {
    schema: z.string().optional(),
    describe: 'File of the keys of secrets at rest; default secrets.key in the data directory',
  },
  ...accessSettings,
  ...mlflowSettings,
  ...integrationSettings,
  ...servingSettings,
  otlpEndpoint: { schema: z.string().optional(), describe: 'Where traces go (OTLP over HTTP); off without it' },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
/** The settings as the server uses them. */
export type Config = { readonly [K in SettingName]: z.output<(typeof settings)[K]['schema']> }
export type ConfigSource = 'flag' | 'environment' | 'file' | 'default'

export interface LoadedConfig {
  readonly config: Config
  readonly sources: Readonly<Record<SettingName, ConfigSource>>
  /** The file that was read, when there was one. */
  readonly file?: string
  /** A sentence for every word of `mlflow server` that means nothing here. */
  readonly notices: readonly string[]
}

/** `dataDir` → `--data-dir`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `dataDir` → `MILLRACE_DATA_DIR`. */
export function variableOf(name: string): string {
  return `MILLRACE_${flagOf(name).replaceAll('-', '_').toUpperCase()}`
}

export interface ConfigInputs {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** Reads the settings: flags over environment over file (`--config`, else millrace.yaml here) over defaults. */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const { argv, notices } = translateMlflow(inputs.argv, inputs.env)
  const flags = readFlags(argv)
  const file = readFile(inputs, flags['config'])
  const values: Record<string, unknown> = {}
  const sources: Record<string, ConfigSource> = {}
  for (const [name, setting] of Object.entries<Setting>(settings)) {
    const found = find(name, setting, flags, inputs.env, file?.values ?? {})
    const parsed = setting.schema.safeParse(found.value)
    if (!parsed.success) {
      const reason = parsed.error.issues[0]?.message ?? 'unknown'
      throw configProblem.invalid({ setting: `--${flagOf(name)}`, source: found.source, reason })
    }
    values[name] = parsed.data
    sources[name] = found.source
  }
  const config = values as unknown as Config // built from the schemas' own output, key by key
  return {
    config: { ...config, dataDir: resolve(inputs.cwd, config.dataDir) },
    sources: sources as Record<SettingName, ConfigSource>, // same keys
    notices,
    ...(file === undefined ? {} : { file: file.path }),
  }
}

function find(
  name: string,
  { also }: Setting,
  flags: Readonly<Record<string, unknown>>,
  env: ConfigInputs['env'],
  file: Readonly<Record<string, unknown>>,
): { value: unknown; source: ConfigSource } {
  if (flags[flagOf(name)] !== undefined) return { value: flags[flagOf(name)], source: 'flag' }
  const variable = env[variableOf(name)] ?? (also === undefined ? undefined : env[also])
  if (variable !== undefined && variable !== '') return { value: variable, source: 'environment' }
  if (file[name] !== undefined) return { value: file[name], source: 'file' }
  return { value: undefined, source: 'default' }
}

function readFlags(argv: readonly string[]): Record<string, unknown> {
  const isFlag = (name: string) => name === 'trustProxy' || name === 'enableWorkspaces'
  const options = Object.fromEntries(
    [...Object.keys(settings), 'config'].map((name) => [
      flagOf(name),
      { type: isFlag(name) ? 'boolean' : 'string' } as const,
    ]),
  )
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error)
    const name = /'(--?[^' ]+)/.exec(reason)?.[1] ?? reason
    throw configProblem['unknown-setting']({ name, where: 'The command line' })
  }
}

function readFile(inputs: ConfigInputs, named: unknown): { path: string; values: Record<string, unknown> } | undefined {
  const explicit = typeof named === 'string' ? named : inputs.env['MILLRACE_CONFIG']
  const path = explicit === undefined ? join(inputs.cwd, 'millrace.yaml') : resolve(inputs.cwd, explicit)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (explicit === undefined) return undefined
    throw configProblem['unreadable-file'](
      { path, reason: error instanceof Error ? error.message : String(error) },
      error,
    )
  }
  return { path, values: parseFile(path, text) }
}

function parseFile(path: string, text: string): Record<string, unknown> {
  const value: unknown = yamlOf(path, text) ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw configProblem['unreadable-file']({ path, reason: 'it must hold settings as "name: value" lines' })
  }
  for (const name of Object.keys(value)) {
    if (!(name in settings)) throw configProblem['unknown-setting']({ name, where: path })
  }
  return value as Record<string, unknown> // checked above
}

function yamlOf(path: string, text: string): unknown {
  try {
    return parseYaml(text)
  } catch (error) {
    throw configProblem['unreadable-file'](
      { path, reason: error instanceof Error ? error.message : String(error) },
      error,
    )
  }
}

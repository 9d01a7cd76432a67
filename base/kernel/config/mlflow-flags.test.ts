import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { loadConfig } from './config.ts'
import { translateMlflow } from './mlflow-flags.ts'

const load = (argv: readonly string[], env: Record<string, string> = {}) => loadConfig({ argv, env, cwd: '/nowhere' })

describe('the command line of mlflow server', () => {
  it('is understood as it stands in a deployment', () => {
    const line =
      '--backend-store-uri postgresql+psycopg2://ml:secret@db/ml -h 0.0.0.0 -p 5000 --workers 4 --static-prefix /mlflow/ ' +
      '--default-artifact-root s3://bucket/runs --no-serve-artifacts --app-name basic-auth --dev'
    const { config, notices } = load([...line.split(' '), '--gunicorn-opts', '--log-level debug'])
    expect(config).toMatchObject({
      databaseUrl: 'postgres://ml:secret@db/ml',
      host: '0.0.0.0',
      port: 5000,
      defaultArtifactRoot: 's3://bucket/runs',
      basePath: '/mlflow',
      serveArtifacts: false,
      appName: 'basic-auth',
      logLevel: 'debug',
    })
    expect(notices).toHaveLength(2)
    expect(notices.join(' ')).toMatch(/--workers means nothing here.*gunicorn/)
  })
  it('keeps our data beside a SQLite file or an mlruns folder, and leaves those as they are', async () => {
    const folder = await temporaryFolder()
    expect(load(['--backend-store-uri', `sqlite:///${folder}/mlflow.db`]).config.dataDir).toBe(
      join(folder, 'mlflow.millrace'),
    )
    const mlruns = load(['--backend-store-uri', `file://${folder}`])
    expect(mlruns.config.dataDir).toBe(join(folder, '.millrace'))
    expect(mlruns.notices[0]).toContain('millrace import mlflow')
    expect(load(['--backend-store-uri', 'sqlite:///x.db', '--data-dir', '/other']).config.dataDir).toBe('/other')
  })
  it('takes a flag with an equals sign, and switches of either form', () => {
    expect(translateMlflow(['--static-prefix=/a', '--serve-artifacts', '--artifacts-only'], {}).argv).toEqual(
      '--base-path /a --serve-artifacts true --artifacts-only true'.split(' '),
    )
    expect(load(['--serve-artifacts', 'false']).config.serveArtifacts).toBe(false)
  })
  it('reads its variables below ours and below flags', () => {
    const env = { MLFLOW_HOST: '10.0.0.1', MLFLOW_PORT: '5001', MLFLOW_BACKEND_STORE_URI: 'postgresql://db/ml' }
    expect(load([], env).config).toMatchObject({ host: '10.0.0.1', port: 5001, databaseUrl: 'postgres://db/ml' })
    expect(load(['-p', '80'], { ...env, MILLRACE_HOST: '10.0.0.2' }).config).toMatchObject({
      host: '10.0.0.2',
      port: 80,
    })
    expect(load([], { ...env, MILLRACE_DATA_DIR: '/d' }).config.databaseUrl).toBeUndefined()
    expect(load([], { MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE: 'true' }).config.allowedHosts).toEqual(['*'])
  })
  it('refuses a store that cannot be one here', () => {
    expect(() => load(['--backend-store-uri', 'mysql://u:p@h/d'])).toThrow(/mysql:\/\/…@h\/d is none that Millrace has/)
  })
})

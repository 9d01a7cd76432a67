import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { loadConfig } from './config.ts'

describe('settings', () => {
  it('take flags over environment over file over defaults, and know where each came from', async () => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'millrace.yaml'), 'port: 1000\nhost: 10.0.0.1\nlogLevel: warn\n')
    const loaded = loadConfig({
      argv: ['--port', '3000'],
      env: { MILLRACE_PORT: '2000', MILLRACE_HOST: '10.0.0.2' },
      cwd,
    })
    expect(loaded.config).toMatchObject({
      port: 3000,
      host: '10.0.0.2',
      logLevel: 'warn',
      bodyLimitMb: 64,
      dataDir: join(cwd, '.millrace'),
    })
    expect(loaded.sources).toMatchObject({
      port: 'flag',
      host: 'environment',
      logLevel: 'file',
      bodyLimitMb: 'default',
    })
  })
  it('say which setting is wrong, and where it came from', async () => {
    const cwd = await temporaryFolder()
    expect(() => loadConfig({ argv: ['--port', '99999'], env: {}, cwd })).toThrow(/--port \(from the flag\)/)
    expect(() => loadConfig({ argv: ['--prot', '1'], env: {}, cwd })).toThrow(/--prot/)
    await writeFile(join(cwd, 'millrace.yaml'), 'prot: 1\n')
    expect(() => loadConfig({ argv: [], env: {}, cwd })).toThrow(/"prot", which is no setting/)
    await writeFile(join(cwd, 'millrace.yaml'), 'a: [')
    expect(() => loadConfig({ argv: [], env: {}, cwd })).toThrow(/cannot be read/)
  })
  it('understand lists and switches', async () => {
    const cwd = await temporaryFolder()
    const { config } = loadConfig({ argv: ['--allowed-hosts', 'a.example, b.example', '--trust-proxy'], env: {}, cwd })
    expect(config).toMatchObject({ allowedHosts: ['a.example', 'b.example'], trustProxy: true })
  })
})

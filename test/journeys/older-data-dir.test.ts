import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, must } from './ask.ts'
import { endServers, runCli, startRefused, startServer } from './server-process.ts'

/** As `test/fixtures/make-data-dir.ts` wrote it with version 0.1.0. */
const fixture = fileURLToPath(new URL('../fixtures/data-dir-0.1.0', import.meta.url))
let dataDir = ''

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'millrace-older-'))
  for (const folder of ['audit', 'artifacts']) cpSync(join(fixture, folder), join(dataDir, folder), { recursive: true })
  writeFileSync(join(dataDir, 'millrace.db'), gunzipSync(readFileSync(join(fixture, 'millrace.db.gz'))))
})
afterEach(async () => {
  await endServers()
  rmSync(dataDir, { recursive: true, force: true })
})
afterAll(endServers)

interface Run {
  id: string
  name: string
  status: string
  params: Record<string, string>
  metrics: Record<string, number>
}

describe('a data directory that an older server wrote', () => {
  it('opens with everything in it: run, metrics, file, model and alias', async () => {
    const { url } = await startServer(dataDir)
    const { items } = await must<{ items: Run[] }>(url, 'POST', '/runs/search', { experiments: ['kept'] })
    expect(items).toMatchObject([
      { name: 'first', status: 'finished', params: { learning_rate: '0.1' }, metrics: { loss: 0.3 } },
    ])
    const id = items[0]?.id ?? ''
    expect(await must(url, 'GET', `/runs/${id}/metrics/loss`)).toMatchObject({ total: 3 })
    expect(await must(url, 'GET', '/models/kept')).toMatchObject({ latestVersion: 1, aliases: { champion: 1 } })
    const version = await must<{ id: string }>(url, 'GET', '/models/kept/versions/1')
    expect((await ask(url, 'GET', `/model-versions/${version.id}/file`)).status).toBe(200)
  })

  it('goes on being written, and its audit chain verifies before and after', async () => {
    const { url } = await startServer(dataDir)
    const before = await must<{ length: number }>(url, 'GET', '/audit/verification')
    expect(before).toMatchObject({ ok: true })
    expect(before.length).toBeGreaterThanOrEqual(5)
    await must(url, 'POST', '/runs', { experiment: 'kept' })
    await expect
      .poll(() => must<{ length: number }>(url, 'GET', '/audit/verification'), { timeout: 20_000 })
      .toMatchObject({ ok: true, length: before.length + 1 })
    expect((await runCli(url, 'audit', 'verify')).code).toBe(0)
  })
})

describe('a data directory that a newer server wrote', () => {
  it('is refused with both versions named, and not changed', async () => {
    const path = join(dataDir, 'millrace.db')
    // This server's own migrations first: the refusal names the newest it knows.
    await startServer(dataDir)
    await endServers()
    const store = new DatabaseSync(path)
    const known = store.prepare('select max(name) as name from experiment_tracking_migration').get()
    store.exec(`insert into experiment_tracking_migration (name, applied_at_ms) values ('9999-of-tomorrow', 0)`)
    store.close()
    const refused = await startRefused(dataDir)
    expect(refused.code).toBe(3)
    expect(refused.output).toContain('experiment-tracking/9999-of-tomorrow')
    expect(refused.output).toContain(`experiment-tracking/${String(known?.['name'])}`)
    const after = new DatabaseSync(path, { readOnly: true })
    expect(after.prepare('select count(*) as rows from experiment_tracking_run').get()).toEqual({ rows: 1 })
    after.close()
  })
})

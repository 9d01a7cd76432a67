import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const demo = fileURLToPath(new URL('../../examples/flight-delay/demo.ts', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'millrace-demo-journey-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

// In the order of the story; the summary's table has a row for each.
const decisions = [
  'declared',
  'version 1 live',
  'alert fired, retraining started',
  'version 2 promoted',
  'incident, no retraining',
  'stopped by the gate',
  'rolled back by the canary',
  'version 4 refused',
  'audit verified',
  'lineage agrees with the log',
]

describe('the demo on 300,000 flights', () => {
  it('ends as its story says, and shows why in a table', async () => {
    const flags = ['--fast', '--headless', '--port', '0', '--data-dir', join(folder, 'demo')]
    const child = spawn(process.execPath, [demo, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
    await once(child, 'close')
    expect(`${String(child.exitCode)} ${child.exitCode === 0 ? '' : output.slice(-3000)}`).toBe('0 ')
    const table = output.slice(output.search(/^Act +Decided +Evidence/m))
    const told = Array.from(output.matchAll(/^ +→ ([^:]+):/gm), ([, decided]) => decided)
    expect(told).toEqual(decisions)
    expect(table).toMatch(/The chain is whole/)
    expect(table).toMatch(/: equal/)
    expect(table).toMatch(/[\d,]+ predictions in [\d,]+ requests.* 0 failed\./)
    expect(table).toMatch(/Whole run: [\d.]+ s/)
  }, 300_000)
})

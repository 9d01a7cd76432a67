import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { newestLog, openJobLog, readJobLog } from './job-log.ts'

async function aLog(limitBytes?: number) {
  const folder = await temporaryFolder()
  const path = join(folder, '1.log')
  const clock = { nowMs: 1000 }
  return { folder, path, clock, log: await openJobLog(path, () => clock.nowMs, limitBytes) }
}

describe('a job’s log', () => {
  it('keeps whole lines with their time and stream', async () => {
    const { path, log, clock } = await aLog()
    log.append('out', 'one\ntw')
    clock.nowMs = 2000
    log.append('err', 'oh\n')
    log.append('out', 'o\nthree')
    await log.close()
    const { lines } = await readJobLog(path, 0)
    expect(lines.map(({ atMs, stream, text }) => `${atMs} ${stream} ${text}`)).toEqual([
      '1000 out one',
      '2000 err oh',
      '2000 out two',
      '2000 out three',
    ])
  })

  it('does not break a character that arrives in two pieces', async () => {
    const { path, log } = await aLog()
    const bytes = Buffer.from('Zürich\n')
    log.append('out', bytes.subarray(0, 2))
    log.append('out', bytes.subarray(2))
    await log.close()
    expect((await readJobLog(path, 0)).lines[0]?.text).toBe('Zürich')
  })

  it('is read on from an offset, and leaves a torn last line for later', async () => {
    const { path, log } = await aLog()
    log.append('out', 'one\ntwo\n')
    await log.close()
    const first = await readJobLog(path, 0)
    expect(await readJobLog(path, first.next)).toEqual({ lines: [], next: first.next, atEnd: true })
    await appendFile(path, '1000 o thr')
    expect((await readJobLog(path, first.next)).lines).toEqual([])
    await appendFile(path, 'ee\n')
    expect((await readJobLog(path, first.next)).lines).toEqual([{ atMs: 1000, stream: 'out', text: 'three' }])
  })

  it('says when it is full, and keeps no more', async () => {
    const { path, log } = await aLog(100)
    for (let index = 0; index < 50; index += 1) log.append('out', `line ${index}\n`)
    await log.close()
    const { lines } = await readJobLog(path, 0)
    expect(lines.at(-1)).toMatchObject({ stream: 'system', text: 'The log is full; what follows is not kept.' })
    expect(lines.length).toBeLessThan(10)
  })

  it('is empty where no attempt has written', async () => {
    const { folder } = await aLog()
    expect(await readJobLog(join(folder, '9.log'), 5)).toEqual({ lines: [], next: 5, atEnd: true })
    expect(await newestLog(folder)).toBe(1)
    expect(await newestLog(join(folder, 'none'))).toBe(0)
  })
})

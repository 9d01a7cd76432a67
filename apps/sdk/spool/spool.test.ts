import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../sdk.ts'
import { folderSpools } from '../server/folder-spools.ts'
import { startClient } from '../testing/node-client.ts'
import { ServerProcess } from '../testing/server-process.ts'

const server = new ServerProcess()
const spoolFolder = () => join(server.folder, 'spool')
const quiet = { systemMetricsSeconds: false, code: false } as const

beforeAll(() => server.start())
afterAll(() => server.remove())
beforeEach(() => {
  process.env['MILLRACE_SPOOL_DIR'] = spoolFolder()
})

/** A connection with the sentences that it said. */
function connection() {
  const warnings: string[] = []
  return { millrace: connect({ url: server.url, warn: (said) => void warnings.push(said) }), warnings }
}

/** What still waits. */
function waiting(): string[] {
  return readdirSync(spoolFolder(), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'))
}

const clientEnv = () => ({ MILLRACE_URL: server.url, MILLRACE_SPOOL_DIR: spoolFolder() })

async function historyOf(id: string, key: string) {
  const points = await Array.fromAsync(connection().millrace.runs.history(id, key))
  return points.map(({ step, value }) => [step, value])
}

describe('while the server is away', { timeout: 60_000 }, () => {
  it('logging goes on, and everything arrives once when it is back', async () => {
    const { millrace, warnings } = connection()
    const run = await millrace.startRun({ experiment: 'away', ...quiet })
    run.log({ loss: 0 }, { step: 0 })
    await run.flush()
    await server.stop()
    for (let step = 1; step < 2500; step += 1) run.log({ loss: step }, { step })
    run.tags({ state: 'away' })
    await expect(run.flush({ deadlineMs: 300 })).rejects.toMatchObject({ code: 'sdk/not-delivered' })
    expect(warnings).toEqual([expect.stringContaining('does not answer')])
    expect(waiting()).toHaveLength(1)
    run.log({ loss: 2500 }, { step: 2500 })
    await server.start()
    await run.end()
    const points = await historyOf(run.id, 'loss')
    expect(points).toEqual(Array.from({ length: 2501 }, (_, step) => [step, step]))
    expect(await millrace.runs.get(run.id)).toMatchObject({ status: 'finished', tags: { state: 'away' } })
    expect(waiting()).toEqual([])
  })
  it('a run may begin and end; a later run of the process sends it', async () => {
    await server.stop()
    const { millrace } = connection()
    const first = await millrace.startRun({ experiment: 'away', params: { first: true }, ...quiet })
    first.log({ loss: 1 })
    await first.end('finished', { waitMs: 200 })
    expect(waiting()).toHaveLength(1)
    await server.start()
    await millrace.run({ experiment: 'away', ...quiet }, () => millrace.sync())
    expect(await millrace.runs.get(first.id)).toMatchObject({
      status: 'finished',
      params: { first: 'true' },
      metrics: { loss: 1 },
    })
    expect(waiting()).toEqual([])
  })
  it('a killed process loses nothing of what it had spooled, and its next start sends it exactly once', async () => {
    await server.stop()
    const {
      child,
      ended,
      said: id,
    } = await startClient(clientEnv(), 5_000, async (sdk, points) => {
      const millrace = sdk.connect({ warn: () => {} })
      const run = await millrace.startRun({
        experiment: 'killed',
        params: { points },
        systemMetricsSeconds: false,
        code: false,
      })
      for (let step = 0; step < points; step += 1) run.log({ loss: 1, step }, { step, timestampMs: step })
      // The first request has failed, and what was collected has moved on. Nothing but `log` was called.
      await new Promise((resolve) => setTimeout(resolve, 1500))
      console.log(run.id)
      setInterval(() => {}, 60_000)
    })
    child.kill('SIGKILL')
    await ended
    // The kill may come in the middle of a line.
    const [left = ''] = waiting()
    appendFileSync(join(spoolFolder(), left), '{"method":"POST","path":"/ru')
    await server.start()
    const { millrace } = connection()
    // Two that catch up at once take nothing from one another.
    await Promise.all([millrace.sync(), connection().millrace.sync()])
    expect(await millrace.runs.get(id)).toMatchObject({ status: 'running', params: { points: '5000' } })
    expect(await historyOf(id, 'step')).toEqual(Array.from({ length: 5_000 }, (_, step) => [step, step]))
    expect(waiting()).toEqual([])
    // Once more from the start, as after a kill during the catching up: nothing doubles.
    await connection().millrace.sync()
    expect(await historyOf(id, 'loss')).toHaveLength(5_000)
  })
})

describe('a process that ends without run.end()', { timeout: 60_000 }, () => {
  it.each([
    ['exit', 3, 'failed'],
    ['throw', 1, 'failed'],
    ['interrupt', null, 'killed'],
    ['drain', 0, 'failed'],
  ])('by %s leaves what was logged, and how it ended', async (way, code, status) => {
    const {
      child,
      ended,
      said: id,
    } = await startClient(clientEnv(), way, async (sdk, by) => {
      const millrace = sdk.connect({ warn: () => {} })
      const run = await millrace.startRun({ experiment: 'ends', systemMetricsSeconds: false, code: false })
      await run.flush()
      run.log({ loss: 0.25 }, { step: 1 })
      console.log(run.id)
      if (by === 'exit') process.exit(3)
      if (by === 'throw') throw new Error('This error is meant.')
      if (by !== 'interrupt') return
      setInterval(() => {}, 60_000)
      process.kill(process.pid, 'SIGINT')
    })
    await ended
    expect(child.exitCode).toBe(code)
    const { millrace } = connection()
    await millrace.sync()
    expect(await millrace.runs.get(id)).toMatchObject({ status, metrics: { loss: 0.25 } })
    expect(waiting()).toEqual([])
  })
})

describe('a spool folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-spool-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const request = (at: number) => ({ method: 'POST', path: `/${at}`, body: { text: `ž${at}` } })

  it('gives back what was put in, in order, also after lines that a full disk cut off', async () => {
    const spools = folderSpools('here/default', folder)
    const spool = await spools.open('run')
    await spool.append([request(1), request(2)])
    const [name = ''] = readdirSync(join(folder, 'here%2Fdefault'))
    appendFileSync(join(folder, 'here%2Fdefault', name), '{"torn":\n')
    await spool.append([request(3)])
    expect(await spool.peek(1)).toEqual([request(1)])
    expect(await spool.peek(9)).toEqual([request(1), request(2), request(3)])
    await spool.drop(2)
    expect(await spool.peek(9)).toEqual([request(3)])
    expect(await spools.abandoned()).toEqual([])
    await spool.close()
    const [again] = await spools.abandoned()
    expect(await again?.peek(9)).toEqual([request(3)])
    await again?.drop(1)
    await again?.close()
    expect(readdirSync(join(folder, 'here%2Fdefault'))).toEqual([])
  })
  it('leaves alone what a living process or another machine uses, and takes what is old', async () => {
    const inside = join(folder, encodeURIComponent('there/default'))
    mkdirSync(inside, { recursive: true })
    const put = (name: string) => writeFileSync(join(inside, name), `${JSON.stringify(request(1))}\n`)
    put(`1.alive.${hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}.${process.ppid}.aa.jsonl`)
    put('2.elsewhere.another-machine.1.bb.jsonl')
    const spools = folderSpools('there/default', folder)
    expect(await spools.abandoned()).toEqual([])
    utimesSync(join(inside, '2.elsewhere.another-machine.1.bb.jsonl'), new Date(0), new Date(0))
    const taken = await spools.abandoned()
    expect(await taken[0]?.peek(1)).toEqual([request(1)])
  })
})

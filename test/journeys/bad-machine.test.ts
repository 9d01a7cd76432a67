import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from './ask.ts'
import { ask, must } from './ask.ts'
import type { SmallDisk } from './machine.ts'
import { canMount, forbidWriting, limitedDisk, mountReadOnly, mountSmallDisk } from './machine.ts'
import type { ServerProcess } from './server-process.ts'
import { endServers, runCli, startRefused, startServer } from './server-process.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-bad-machine-'))
const mounts = process.env['MILLRACE_TEST_WITHOUT_MOUNT'] === undefined && (await canMount(folder))
const how = mounts ? 'mounted for this test' : 'by permissions and limits, since this machine cannot mount'
const cleanUp: (() => Promise<unknown>)[] = []

afterAll(async () => {
  await endServers()
  for (const step of cleanUp) await step()
  await rm(folder, { recursive: true, force: true })
})

describe('two servers', () => {
  it('on one data directory: the second refuses, names the first, and the first goes on', async () => {
    const dataDir = join(folder, 'shared')
    const first = await startServer(dataDir)
    const second = await startRefused(dataDir)
    expect(second.code).toBe(3)
    expect(second.output).toMatch(
      /^The data directory .* is in use by the server at .*Stop that server, or .*--data-dir\.$/,
    )
    expect(second.output).toContain(`${first.url} (process ${first.pid})`)
    expect(await ask(first.url, 'GET', '//health')).toMatchObject({ status: 200 })
    await first.kill()
    const third = await startServer(dataDir)
    expect(await ask(third.url, 'GET', '//health')).toMatchObject({ status: 200 })
    await third.stop()
  })

  it('on one port: the second says which port is taken, and leaves its data directory free', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const dataDir = join(folder, 'port')
    const refused = await startRefused(dataDir, { port })
    expect(refused.code).toBe(3)
    expect(refused.output).toMatch(new RegExp(`${port}.*in use.*--port`))
    expect(refused.output).not.toMatch(/\n\s+at /)
    taken.close()
    const server = await startServer(dataDir, { port })
    expect(await ask(server.url, 'GET', '//health')).toMatchObject({ status: 200 })
    await server.stop()
  })
})

describe(`a read-only data directory (${how})`, () => {
  it('stops the start with a sentence, and nothing is written', async () => {
    const path = join(folder, 'read-only')
    const readOnly = await (mounts ? mountReadOnly : forbidWriting)(path)
    cleanUp.push(() => readOnly.remove())
    const refused = await startRefused(path, { below: readOnly.below })
    expect(refused.code).toBe(3)
    expect(refused.output).toMatch(
      /^The data directory .* cannot be used: .*(read-only|may not write).*--data-dir, or make it writable\.$/,
    )
    expect(await readdir(path)).toEqual([])
  })
})

describe(`a full disk (${how})`, () => {
  const on: { disk?: SmallDisk; server?: ServerProcess; runId: string } = { runId: '' }
  const acknowledged = { runs: new Set<string>(), predictions: new Set<string>() }
  const url = () => on.server?.url ?? ''
  const dataDir = () => join(on.disk?.path ?? '', 'data')

  beforeAll(async () => {
    on.disk = await (mounts ? mountSmallDisk(join(folder, 'disk'), 48) : limitedDisk(join(folder, 'disk')))
    cleanUp.push(async () => on.disk?.remove())
    on.server = await startServer(dataDir())
    on.runId = await deployTiny(url())
    await attempts(5)
  })

  it('is said with a sentence and a status that says "later", while reading goes on', async () => {
    await on.disk?.fill(on.server?.pid ?? 0)
    const refused = await attempts(400)
    expect(refused.run).toMatchObject(noRoom)
    expect(refused.artifact).toMatchObject(noRoom)
    expect(refused.upload).toMatchObject(noRoom)
    for (const answer of Object.values(refused)) if (answer !== undefined) expectSentence(answer)
    expect(await ask(url(), 'GET', '//health')).toMatchObject({ status: 200 })
    expect(await ask(url(), 'GET', `/runs/${on.runId}`)).toMatchObject({ status: 200 })
  })

  it('works again as soon as there is room, without a restart', async () => {
    await on.disk?.free(on.server?.pid ?? 0)
    const answers = () => attempts(1)
    await expect.poll(answers, { timeout: 20_000 }).toEqual({})
  })

  it('has lost nothing that was acknowledged, before a restart and after', async () => {
    await expectAllThere()
    await on.server?.stop()
    on.server = await startServer(dataDir())
    await expectAllThere()
    await on.server.stop()
    expect(await runCli(url(), 'audit', 'verify', '--data-dir', dataDir())).toMatchObject({ code: 0 })
  })

  /** Tries each kind of write up to so many times; keeps what was acknowledged, gives the first refusal of each. */
  async function attempts(times: number) {
    const name = `n-${acknowledged.runs.size}`
    const bytes = Buffer.alloc(100_000, name)
    return {
      ...(await firstRefusal('run', times, async () =>
        keep(
          acknowledged.runs,
          await ask(url(), 'POST', '/runs', { experiment: 'full', tags: { note: 'x'.repeat(5000) } }),
        ),
      )),
      ...(await firstRefusal('artifact', 1, () => ask(url(), 'PUT', `/runs/${on.runId}/artifacts/${name}`, bytes))),
      ...(await firstRefusal('upload', 1, () => ask(url(), 'POST', `/datasets/full/uploads?path=${name}.csv`, bytes))),
      ...(await firstRefusal('prediction', times, async () =>
        keep(acknowledged.predictions, await ask(url(), 'POST', '/endpoints/full/predict', { rows: [{ x: 1 }] })),
      )),
    }
  }

  async function expectAllThere() {
    for (const id of acknowledged.runs) expect(await ask(url(), 'GET', `/runs/${id}`)).toMatchObject({ status: 200 })
    const { count } = await must<{ count: number }>(url(), 'GET', '/prediction-counts?endpoint=full')
    expect(count).toBeGreaterThanOrEqual(acknowledged.predictions.size)
    for (const id of acknowledged.predictions)
      expect(await ask(url(), 'GET', `/predictions/${id}.0`)).toMatchObject({ status: 200 })
    expect(await must(url(), 'GET', '/audit/verification')).toMatchObject({ ok: true })
  }
})

const noRoom = { status: expect.toSatisfy((status: number) => status === 507 || status === 503) as unknown }

function expectSentence(answer: Answer) {
  expect(answer.type).toContain('application/problem+json')
  expect(answer.json<{ detail: string }>().detail).toMatch(/^[A-Z].*(free|room|writable|send it again).*\.$/i)
}

function keep(kept: Set<string>, answer: Answer): Answer {
  if (answer.status < 300) kept.add(answer.json<{ id: string }>().id)
  return answer
}

async function firstRefusal(
  what: string,
  times: number,
  attempt: () => Promise<Answer>,
): Promise<Record<string, Answer>> {
  for (let time = 0; time < times; time += 1) {
    const answer = await attempt()
    if (answer.status >= 400) return { [what]: answer }
  }
  return {}
}

/** An endpoint with a tiny model, in a fresh data directory; gives the id of its run. */
async function deployTiny(url: string): Promise<string> {
  const { id: runId } = await must<{ id: string }>(url, 'POST', '/runs', { experiment: 'full' })
  await must(url, 'PUT', '/datasets/full', {})
  await must(url, 'PUT', '/models/full', {})
  await must(url, 'PUT', `/runs/${runId}/artifacts/model.onnx`, Buffer.from(tinyModel({ weights: { x: 4 }, bias: 0 })))
  const version = await must<{ id: string }>(url, 'POST', '/models/full/versions', {
    runId,
    artifactPath: 'model.onnx',
  })
  await must(url, 'PUT', '/endpoints/full', { model: 'full' })
  await must(url, 'POST', '/endpoints/full/deployments', { versionId: version.id })
  return runId
}

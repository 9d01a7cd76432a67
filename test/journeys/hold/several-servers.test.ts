import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOwnDatabase } from '../../campaigns/own-database.ts'
import type { WebhookReceiver } from '../../campaigns/webhook-receiver.ts'
import { startReceiver } from '../../campaigns/webhook-receiver.ts'
import { Servers } from '../../campaigns/writers/servers.ts'
import { ask, must } from '../ask.ts'
import { endServers } from '../server-process.ts'

const count = 3
const folder = await mkdtemp(join(tmpdir(), 'millrace-several-'))
const cleanUp: (() => unknown)[] = []
const here: { servers?: Servers; receiver?: WebhookReceiver } = {}
const url = (at: number) => here.servers?.url(at) ?? ''

beforeAll(async () => {
  const database = await createOwnDatabase()
  cleanUp.push(() => database.drop())
  here.receiver = await startReceiver()
  here.servers = await Servers.start({
    folder,
    servers: count,
    databaseUrl: database.url,
    flags: ['--webhook-schemes', 'http', '--webhook-private-addresses', 'true'],
  })
  const hook = {
    name: 'all',
    url: here.receiver.url,
    events: ['model-registry.version.created'],
    secret: 'a-secret-of-ours',
  }
  await must(url(0), 'POST', '/webhooks', hook)
  await must(url(1), 'PUT', '/models/shared', {})
})

afterAll(async () => {
  here.receiver?.close()
  await endServers()
  for (const step of cleanUp) await step()
  await rm(folder, { recursive: true, force: true })
})

/** Registers so many versions over the servers at once; gives their numbers. */
async function register(versions: number, servers: readonly number[]): Promise<number[]> {
  const made = Array.from({ length: versions }, async (_version, at) => {
    const server = url(servers[at % servers.length] ?? 0)
    const body = { name: 'shared', source: 's3://bucket/shared' }
    const answer = await must<{ model_version: { version: string } }>(
      server,
      'POST',
      '//api/2.0/mlflow/model-versions/create',
      body,
    )
    return Number(answer.model_version.version)
  })
  return (await Promise.all(made)).toSorted((a, b) => a - b)
}

/** The versions that the receiver was told of, each as often as it was. */
function told(): number[] {
  const bodies = here.receiver?.bodies ?? []
  const versions = bodies.map((body) => (JSON.parse(body) as { data: { version: number } }).data.version) // as our webhooks say
  return versions.toSorted((a, b) => a - b)
}

describe(`${count} servers on one PostgreSQL`, () => {
  it('send each event to a webhook once, whoever wrote it', async () => {
    const versions = await register(60, [0, 1, 2])
    expect(versions).toEqual(Array.from({ length: 60 }, (_version, at) => at + 1))
    await expect.poll(() => told().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(60)
    // Time for a second delivery, were there one.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(told()).toEqual(versions)
  })

  it('show at once on each what was written on another', async () => {
    const { id } = await must<{ id: string }>(url(0), 'POST', '/runs', { experiment: 'several' })
    for (let step = 0; step < 30; step += 1) {
      const point = { run_id: id, key: 'loss', value: step, step, timestamp: 1_760_000_000_000 + step }
      await must(url(step), 'POST', '//api/2.0/mlflow/runs/log-metric', point)
      const run = await must<{ metrics: Record<string, number> }>(url(step + 1), 'GET', `/runs/${id}`)
      expect(run.metrics).toEqual({ loss: step })
    }
    const { total } = await must<{ total: number }>(url(2), 'GET', `/runs/${id}/metrics/loss`)
    expect(total).toBe(30)
  })

  it('link one audit chain out of what all of them did', async () => {
    const sealed = async () => {
      const verdict = await must<{ ok: boolean; unsealed: number; length: number }>(
        url(1),
        'GET',
        '/audit/verification',
      )
      expect(verdict.ok).toBe(true)
      return verdict.unsealed === 0 && verdict.length > 60
    }
    await expect.poll(sealed, { timeout: 20_000 }).toBe(true)
    for (let at = 0; at < count; at += 1)
      expect(await must(url(at), 'GET', '/audit/verification')).toMatchObject({ ok: true })
  })

  it('go on when one is killed, and tell of what is written then', async () => {
    await here.servers?.kill(0)
    const versions = await register(20, [1, 2])
    expect(versions).toHaveLength(20)
    await expect.poll(() => versions.every((version) => told().includes(version)), { timeout: 30_000 }).toBe(true)
    expect(new Set(told()).size).toBe(told().length)
    await here.servers?.restart(0)
    expect(await ask(url(0), 'GET', '/models/shared/versions/80')).toMatchObject({ status: 200 })
  })
})

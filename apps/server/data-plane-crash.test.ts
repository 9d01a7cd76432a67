import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'

/** Lehmer's generator: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Other tests may keep the machine busy. */
const patiently = { timeout: 20_000 }
const entry = fileURLToPath(new URL('data-plane.ts', import.meta.url))
const server = fileURLToPath(new URL('../../domains/model-serving/testing/serving-process.ts', import.meta.url))

async function startServer(folder: string) {
  const child = spawn(process.execPath, [server, folder, entry], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const base = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`
  const call = async (method: string, path: string, body?: object) => {
    const init =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await fetch(`${base}${path.startsWith('/v2') ? '' : '/api/millrace/v1/w/default'}${path}`, {
      method,
      ...init,
    })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }
  const version = async (weight: number) => {
    await call('PUT', '/models/tiny', {})
    const { id } = await call('POST', '/runs', { experiment: 'training' })
    const bytes = tinyModel({ weights: { x: weight }, bias: 0 })
    const headers = { 'content-type': 'application/octet-stream' }
    const url = `${base}/api/millrace/v1/w/default/runs/${String(id)}/artifacts/model.onnx`
    expect((await fetch(url, { method: 'PUT', body: Buffer.from(bytes), headers })).ok).toBe(true)
    return (await call('POST', '/models/tiny/versions', { runId: id, artifactPath: 'model.onnx' }))['id']
  }
  return { child, call, version }
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

type Server = Awaited<ReturnType<typeof startServer>>

/** Predicts from several callers at once until `enough` answers have come, then kills; gives the answered requests. */
async function predictUntilKilled(
  running: Server,
  enough: number,
  killNow: () => Promise<void>,
): Promise<{ id: string; rows: number }[]> {
  const answered: { id: string; rows: number }[] = []
  let killed: Promise<void> | undefined
  const caller = async (rows: number) => {
    while (killed === undefined) {
      try {
        const answer = await running.call('POST', '/endpoints/e/predict', {
          rows: Array.from({ length: rows }, () => ({ x: 1 })),
        })
        answered.push({ id: String(answer['id']), rows })
      } catch {
        return // the kill cut it off: nobody was promised anything
      }
      if (answered.length >= enough) killed ??= killNow()
    }
  }
  await Promise.all([1, 1, 3, 7].map(caller))
  await killed
  return answered
}

describe('kill -9', () => {
  it('of the whole server loses no answered prediction and doubles none', async () => {
    const folder = await temporaryFolder()
    const random = seeded(7)
    const answered: { id: string; rows: number }[] = []
    let running = await startServer(folder)
    await running.call('PUT', '/endpoints/e', { model: 'tiny' })
    await running.call('POST', '/endpoints/e/deployments', { versionId: await running.version(4) })
    for (let round = 0; round < 5; round += 1) {
      // Sometimes in the middle of a compaction.
      if (random() < 0.5) void running.call('GET', '/prediction-counts').catch(() => {})
      answered.push(...(await predictUntilKilled(running, 20 + Math.floor(random() * 200), () => kill(running.child))))
      running = await startServer(folder)
      await expect
        .poll(
          () =>
            running.call('POST', '/endpoints/e/predict', { rows: [{ x: 1 }] }).then(
              () => true,
              () => false,
            ),
          patiently,
        )
        .toBe(true)
    }
    const { items } = (await running.call('GET', '/endpoints/e/predictions?limit=1000')) as { items: { id: string }[] }
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
    for (const { id, rows } of answered.filter((_, index) => index % 10 === 0)) {
      expect(await running.call('GET', `/predictions/${id}.${rows - 1}`)).toMatchObject({ requestId: id })
    }
    const { count } = (await running.call('GET', '/prediction-counts')) as { count: number }
    const sum = answered.reduce((total, { rows }) => total + rows, 0)
    // Up to four callers were cut off in each round after their rows were logged, and one warm-up row was asked for in each.
    expect(count).toBeGreaterThanOrEqual(sum + 5)
    expect(count).toBeLessThanOrEqual(sum + 5 + 5 * 12)
    await kill(running.child)
  }, 120_000)

  it('of the data plane alone loses nothing either, and it comes back by itself', async () => {
    const folder = await temporaryFolder()
    const running = await startServer(folder)
    await running.call('PUT', '/endpoints/e', { model: 'tiny' })
    await running.call('POST', '/endpoints/e/deployments', { versionId: await running.version(4) })
    const ready = () =>
      running.call('POST', '/endpoints/e/predict', { rows: [{ x: 1 }] }).then(
        () => true,
        () => false,
      )
    let sum = 0
    for (let round = 0; round < 3; round += 1) {
      const killPlane = async () => process.kill(await planePid(running.child.pid ?? 0), 'SIGKILL') as unknown as void
      const answered = await predictUntilKilled(running, 100, killPlane)
      sum += answered.reduce((total, { rows }) => total + rows, 0)
      await expect.poll(ready, patiently).toBe(true)
      sum += 1
    }
    const { count } = (await running.call('GET', '/prediction-counts')) as { count: number }
    expect(count).toBeGreaterThanOrEqual(sum)
    await kill(running.child)
  }, 120_000)

  it('in the middle of a rollout changes nothing of what it decides', async () => {
    const folder = await temporaryFolder()
    let running = await startServer(folder)
    await running.call('PUT', '/endpoints/e', { model: 'tiny' })
    await running.call('POST', '/endpoints/e/deployments', { versionId: await running.version(4) })
    const plan = {
      steps: [{ weight: 50, minPredictions: 300, minLabels: 300 }],
      guardrails: [{ name: 'log-loss', metric: 'log_loss', limit: 0.5 }],
    }
    const { id } = await running.call('POST', '/endpoints/e/rollouts', { versionId: await running.version(4.01), plan })
    await expect
      .poll(async () => JSON.stringify(await running.call('GET', '/endpoints/e')), patiently)
      .toContain('"role":"canary","weight":50,"state":"ready"')
    const rollout = async () =>
      (await running.call('GET', `/rollouts/${String(id)}`)) as { state: string; progress: { labels: number } }
    const labelled = async (requests: number) => {
      for (let index = 0; index < requests; index += 1) {
        const answer = await running.call('POST', '/endpoints/e/predict', {
          rows: Array.from({ length: 10 }, () => ({ x: 1 })),
        })
        await running.call('POST', '/endpoints/e/ground-truth', {
          batches: [{ id: answer['id'], values: Array.from({ length: 10 }, () => 1) }],
        })
      }
    }
    await labelled(40)
    await expect.poll(async () => (await rollout()).progress.labels, patiently).toBeGreaterThan(100)
    // A second look is written at most once a second, so that the figure before the kill is the last one.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const before = (await rollout()).progress.labels
    await kill(running.child)
    running = await startServer(folder)
    await expect.poll(async () => (await rollout()).progress.labels, patiently).toBe(before)
    await expect
      .poll(
        () =>
          running.call('POST', '/endpoints/e/predict', { rows: [{ x: 1 }] }).then(
            () => true,
            () => false,
          ),
        patiently,
      )
      .toBe(true)
    await labelled(60)
    await expect.poll(async () => (await rollout()).state, patiently).toBe('promoted')
    await kill(running.child)
  }, 120_000)
})

/** The data plane's process: the server's child that runs its entry file. */
async function planePid(parent: number): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (Number(stat.split(') ')[1]?.split(' ')[1]) === parent && command.includes('data-plane.ts')) return Number(pid)
  }
  throw new Error('The data plane is not running.')
}

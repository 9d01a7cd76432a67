import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

/** Other tests may keep the machine busy. */
const patiently = { timeout: 30_000, interval: 250 }
vi.setConfig({ testTimeout: 180_000 })

const entry = fileURLToPath(new URL('data-plane.ts', import.meta.url))
const server = fileURLToPath(new URL('../../domains/model-serving/testing/serving-process.ts', import.meta.url))

async function startServer(folder: string) {
  const child = spawn(process.execPath, [server, folder, entry], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const base = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`${base}${path.startsWith('/v2') ? '' : '/api/millrace/v1/w/default'}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
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
    return String((await call('POST', '/models/tiny/versions', { runId: id, artifactPath: 'model.onnx' }))['id'])
  }
  return { child, call, version }
}

type Server = Awaited<ReturnType<typeof startServer>>

async function kill(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

/** An endpoint `e` whose second version has half of the traffic. */
async function startExperiment({ call, version }: Server, wish: object) {
  const [one, two] = [await version(4), await version(-4)]
  await call('PUT', '/endpoints/e', { model: 'tiny' })
  await call('POST', '/endpoints/e/deployments', { versionId: one })
  const variants = [{ versionId: two, weight: 50 }]
  const sticky = { by: 'header', name: 'x-customer' }
  const { id } = await call('POST', '/endpoints/e/experiments', { variants, sticky, ...wish })
  // The variant is loaded when it has answered once.
  await expect.poll(async () => (await ask({ call }, `new ${Math.random()}`)).version, patiently).toBe(2)
  return { one, two, path: `/traffic-experiments/${String(id)}` }
}

async function ask({ call }: Pick<Server, 'call'>, customer: string): Promise<{ id: string; version: number }> {
  const answer = await call('POST', '/endpoints/e/predict', { rows: [{ x: 1 }] }, { 'x-customer': customer })
  return { id: String(answer['id']), version: Number(answer['version']) }
}

interface Shown {
  readonly state: string
  readonly verdict: { readonly conclusion: string; readonly arms: { readonly n: number; readonly mean: number }[] }
}

describe('an experiment on real traffic', () => {
  it('keeps a customer with one version, finds the better one by feedback, and crowns it', async () => {
    const running = await startServer(await temporaryFolder())
    const { call } = running
    const metric = { kind: 'feedback', range: [0, 1] }
    const { two, path } = await startExperiment(running, { metric, effect: 0.3 })
    const items: { id: string; value: number }[] = []
    const heard = new Map<number, number>()
    for (let customer = 0; customer < 500; customer += 1) {
      const first = await ask(running, `c${customer}`)
      const again = await ask(running, `c${customer}`)
      expect(again.version).toBe(first.version)
      const nth = heard.get(first.version) ?? 0
      heard.set(first.version, nth + 1)
      items.push({ id: first.id, value: nth % 10 < (first.version === 2 ? 7 : 2) ? 1 : 0 })
    }
    await call('POST', '/endpoints/e/feedback', { items })
    await expect
      .poll(async () => (await call('GET', path)) as unknown as Shown, patiently)
      .toMatchObject({ verdict: { conclusion: 'winner', winnerVersionId: two } })
    const { verdict } = (await call('GET', path)) as unknown as Shown
    expect(verdict.arms.map(({ n }) => n)).toEqual([heard.get(1), heard.get(2)])
    expect(verdict.arms[1]?.mean).toBeCloseTo(0.7, 1)
    expect(await call('POST', `${path}/conclude`)).toMatchObject({ state: 'concluded', winnerVersionId: two })
    expect((await call('GET', '/models/tiny'))['aliases']).toEqual({ champion: 2 })
    await expect.poll(async () => (await ask(running, 'anyone')).version, patiently).toBe(2)
    await kill(running.child)
  })
  it('goes on after the server was killed, with all that it had seen and nothing twice', async () => {
    const folder = await temporaryFolder()
    let running = await startServer(folder)
    const metric = { kind: 'accuracy' }
    const { path } = await startExperiment(running, { metric, minSamples: 1_000_000 })
    const seen = new Map<number, number>()
    const traffic = async (requests: number, from: number) => {
      const batches: { id: string; values: number[] }[] = []
      for (let nth = from; nth < from + requests; nth += 1) {
        const { id, version } = await ask(running, `c${nth}`)
        seen.set(version, (seen.get(version) ?? 0) + 1)
        batches.push({ id, values: [1] })
      }
      await running.call('POST', '/endpoints/e/ground-truth', { batches })
    }
    const counted = async () => {
      const { verdict } = (await running.call('GET', path)) as unknown as Shown
      return verdict.arms.map(({ n, mean }) => [n, mean])
    }
    const all = () => [
      [seen.get(1), 1],
      [seen.get(2), 0],
    ]
    await traffic(60, 0)
    await expect.poll(counted, patiently).toEqual(all())
    await kill(running.child)
    running = await startServer(folder)
    const answers = () =>
      ask(running, 'c0').then(
        () => true,
        () => false,
      )
    await expect.poll(answers, patiently).toBe(true)
    await traffic(40, 60)
    await expect.poll(counted, patiently).toEqual(all())
    await kill(running.child)
  })
})

describe('a registered model without an endpoint', () => {
  it('answers under its own name by its alias, from its first request on', async () => {
    const running = await startServer(await temporaryFolder())
    await running.version(4)
    await running.call('PUT', '/models/tiny/aliases/champion', { version: 1 })
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }]
    const infer = () =>
      running.call('POST', '/v2/models/tiny/infer', { inputs }).then(
        (answer) => answer['outputs'],
        (error: unknown) => String(error),
      )
    await expect.poll(infer, patiently).toMatchObject([{ name: 'probability', datatype: 'FP32', shape: [1, 1] }])
    await kill(running.child)
  })
})

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endServers, startServer, type ServerProcess } from './server-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const hostile = '<img src=x onerror="window.hacked=1">'
const csv = `day,delay,carrier\n${Array.from({ length: 40 }, (_, at) => `2001-01-0${1 + (at % 9)},${at % 7},${at % 3 === 0 ? 'AA' : 'UA'}`).join('\n')}\n`

/** A server with a little of everything, and a browser that looks at its pages. */
interface Stage {
  readonly server: ServerProcess
  readonly browser: Browser
  readonly folder: string
  readonly runId: string
}

let stage: Stage

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'apps/web'], {
    cwd: root,
  })
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pages-'))
  const server = await startServer(folder)
  const browser = await chromium.launch({
    executablePath: process.env['MILLRACE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  })
  stage = { server, browser, folder, runId: await fill(server.url) }
}, 60_000)

afterAll(async () => {
  await stage?.browser.close()
  await endServers()
  await rm(stage?.folder ?? '', { recursive: true, force: true })
})

/** Calls the API and answers its JSON. */
async function call<Answer>(url: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const answer = await fetch(`${url}/api/millrace/v1/w/default/${path}`, {
    method,
    ...(body === undefined ? {} : { body: raw ? Buffer.from(body) : JSON.stringify(body) }),
    headers: { 'content-type': raw ? 'application/octet-stream' : 'application/json' },
  })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Answer // what each path answers is its contract's, which its own tests hold
}

/** Makes a dataset, an experiment with curves, a model and an endpoint that serves it. Answers the first run's id. */
async function fill(url: string): Promise<string> {
  const file = await call<{ path: string; digest: string }>(
    url,
    'POST',
    'datasets/flights/uploads?path=flights.csv',
    csv,
  )
  await call(url, 'POST', 'datasets/flights/versions', {
    version: 'jan',
    files: [{ path: file.path, digest: file.digest }],
  })
  const runs = await Promise.all(['calm-river', 'swift-gate', hostile].map((name, at) => startRun(url, name, at)))
  const runId = runs[0] ?? ''
  const model = tinyModel({ weights: { delay: 0.5 }, bias: 0 })
  await call(url, 'PUT', `runs/${runId}/artifacts/model/model.onnx`, model)
  await call(url, 'PUT', 'models/late', { description: hostile })
  const version = await call<{ id: string }>(url, 'POST', 'models/late/versions', {
    runId,
    artifactPath: 'model/model.onnx',
    signature: {
      inputs: [{ name: 'delay', dtype: 'FP32', shape: [-1, 1] }],
      outputs: [{ name: 'probability', dtype: 'FP32', shape: [-1, 1] }],
    },
  })
  await call(url, 'PUT', 'endpoints/late', { model: 'late' })
  await call(url, 'POST', 'endpoints/late/deployments', { versionId: version.id })
  await call(url, 'POST', 'endpoints/late/predict', { rows: [{ delay: 1 }, { delay: -2 }] })
  return runId
}

async function startRun(url: string, name: string, at: number): Promise<string> {
  const { id } = await call<{ id: string }>(url, 'POST', 'runs', {
    experiment: 'lateness',
    name,
    params: { rate: `0.${at + 1}`, note: hostile },
    tags: { team: hostile },
    data: [{ version: 'datasets:/flights@jan', context: 'training' }],
  })
  const metrics = Array.from({ length: 20 }, (_, step) => ({ key: 'val/loss', step, value: 1 / (step + 1 + at) }))
  await call(url, 'POST', `runs/${id}/log`, { metrics })
  return id
}

/** Opens a page, waits for `text` and has `look` at it; nothing may have gone wrong on the way. */
async function visit(path: string, text: string, look: (page: Page) => Promise<void>): Promise<void> {
  const context = await stage.browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    // A refusal that the page shows is logged by the browser too.
    if (message.type() === 'error' && !message.text().includes('status of 400')) faults.push(message.text())
  })
  try {
    await page.goto(`${stage.server.url}/w/default${path}`)
    await page.getByText(text, { exact: false }).first().waitFor()
    await look(page)
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false)
    expect(faults).toEqual([])
  } finally {
    await context.close()
  }
}

/** What axe finds wrong, by rule and place. */
async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`)
}

describe('the pages over a real server', () => {
  it('show at home what runs and what serves', () =>
    visit('/', 'wait', async (page) => {
      await page.getByRole('region', { name: 'In production' }).getByText('late', { exact: true }).waitFor()
      await page.getByRole('region', { name: 'Recent runs' }).getByText('calm-river').waitFor()
      expect(await barriers(page)).toEqual([])
    }))

  it('list the runs of an experiment with their curves, hostile names as text', () =>
    visit('/experiments/lateness', 'calm-river', async (page) => {
      await page.getByRole('grid').getByText(hostile).first().waitFor()
      expect(await page.getByRole('grid').getByRole('row').count()).toBeGreaterThanOrEqual(4)
      await page.getByRole('img', { name: 'val/loss by step' }).first().waitFor()
      expect(await barriers(page)).toEqual([])
    }))

  it('filter runs in the query language, and keep the view under a name', () =>
    visit('/experiments/lateness', 'calm-river', async (page) => {
      const filter = page.getByRole('searchbox', { name: 'Filter runs' }).or(page.getByLabel('Filter runs')).first()
      await filter.fill("params.rate = '0.2' or (max(metrics.`val/loss`) > 2 and started > -7d)")
      await page.getByText('1 of 3 runs').waitFor()
      expect(await page.getByRole('grid').getByText('calm-river').count()).toBe(0)
      await page.getByRole('button', { name: 'Save view' }).click()
      await page.getByLabel('Name').fill('middle rate')
      await page.getByRole('dialog').getByRole('button', { name: 'Save view' }).click()
      await page.getByLabel('Saved view').selectOption('')
      await page.getByText('3 of 3 runs').waitFor()
      await page.getByLabel('Saved view').selectOption('middle rate')
      await page.getByText('1 of 3 runs').waitFor()
      expect(await barriers(page)).toEqual([])
    }))

  it('compare two runs that were selected', () =>
    visit('/experiments/lateness', 'calm-river', async (page) => {
      const { items } = await call<{ items: { id: string }[] }>(stage.server.url, 'POST', 'runs/search', { limit: 2 })
      await page.goto(`${page.url()}?sel=${items.map(({ id }) => id).join(',')}`)
      await page.getByRole('toolbar', { name: 'Selected runs' }).getByRole('link', { name: 'Compare' }).click()
      await page.getByRole('cell', { name: 'rate', exact: true }).waitFor()
      await page.getByRole('cell', { name: 'val/loss', exact: true }).waitFor()
      expect(await page.getByText('1 different, 1 the same').count()).toBe(1)
      expect(await barriers(page)).toEqual([])
    }))

  it('say what is wrong with a filter, and show all runs', () =>
    visit('/experiments/lateness?q=weather%20%3D%201', 'The query cannot be read', async (page) => {
      await page.getByRole('grid').getByText('calm-river').waitFor()
      expect(await page.getByRole('alert').locator('mark').textContent()).toBe('weather')
      expect(await page.getByText('3 of 3 runs').count()).toBe(1)
    }))

  it('show a metric that is logged while one looks', () =>
    visit(`/experiments/lateness/runs/${stage.runId}`, 'calm-river', async (page) => {
      expect(await page.getByText('fresh_metric').count()).toBe(0)
      await page.getByText('Live').first().waitFor()
      await call(stage.server.url, 'POST', `runs/${stage.runId}/log`, {
        metrics: [{ key: 'fresh_metric', value: 0.4242 }],
      })
      await page.getByText('0.4242').first().waitFor()
      expect(await barriers(page)).toEqual([])
    }))

  it('show a dataset version column by column', () =>
    visit('/datasets/flights', '@jan', async (page) => {
      await page.getByText('40 rows').first().waitFor()
      await page.getByRole('cell', { name: 'carrier', exact: true }).waitFor()
      expect(await barriers(page)).toEqual([])
    }))

  it('show a model’s version with what it stands on', () =>
    visit('/models/late', 'champion', async (page) => {
      await page.getByText('calm-river').first().waitFor()
      expect(await barriers(page)).toEqual([])
    }))

  it('predict from the page, and lead from the answer to where it comes from', () =>
    visit('/endpoints/late', 'Serving', async (page) => {
      await page.getByRole('button', { name: /^Send/ }).click()
      await page.getByText('Why this answer?').waitFor()
      expect(await barriers(page)).toEqual([])
    }))

  it('show the audit log with its chain verified', () =>
    visit('/audit', 'Chain intact', async (page) => {
      await page.getByText('model-registry.register-version').first().waitFor()
      expect(await barriers(page)).toEqual([])
    }))

  it.each(['/pipelines', '/studies', '/models', '/endpoints', '/monitors', '/incidents', '/approvals', '/releases'])(
    'have something to say at %s',
    (path) =>
      visit(path, 'Millrace', async (page) => {
        await page.getByRole('heading').first().waitFor()
        expect(await page.getByRole('alert').count()).toBe(0)
      }),
  )

  it('ship no schema library: the server has validated what it sends', async () => {
    const folder = join(root, 'apps/web/dist/assets')
    const scripts = (await readdir(folder)).filter((name) => name.endsWith('.js'))
    const texts = await Promise.all(scripts.map((name) => readFile(join(folder, name), 'utf8')))
    expect(texts.filter((text) => /ZodError|invalid_type/.test(text))).toEqual([])
  })
})

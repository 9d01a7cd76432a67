import { createHash, randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type * as Sdk from '../browser.ts'
import { packSdk } from '../pack.ts'
import { servePage } from '../testing/browser-page.ts'
import { connect } from '../sdk.ts'
import { ServerProcess } from '../testing/server-process.ts'
import { sha256 } from './sha256.ts'

const server = new ServerProcess()
const folder = packSdk()
let site: { url: string; server: Server }
let browser: Browser

beforeAll(async () => {
  site = await servePage(folder)
  await server.start('--cors-allowed-origins', site.url)
  browser = await chromium.launch({
    executablePath: process.env['MILLRACE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  site?.server.close()
  await server.remove()
})

/** Runs a function in a page; it gets the module, the server's address, and one value. */
async function inPage<A, T>(page: Page, argument: A, body: (sdk: typeof Sdk, url: string, argument: A) => Promise<T>) {
  const script = `(async () => (${body.toString()})(await import('/browser.js'), ${JSON.stringify(server.url)}, ${JSON.stringify(argument)}))()`
  return (await page.evaluate(script)) as T // what the body gives
}

describe('the SDK in a browser', { timeout: 60_000 }, () => {
  it('weighs less than 15 kB and imports nothing of Node', async () => {
    const built = await rolldown({ input: `${folder}/browser.js`, platform: 'browser' })
    const { output } = await built.generate({ format: 'esm', minify: true })
    const code = output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('')
    expect(code).not.toMatch(/node:/)
    expect(gzipSync(code).byteLength).toBeLessThan(15_000)
  })
  it('logs, uploads and finds from a page', async () => {
    const page = await browser.newPage()
    await page.goto(site.url)
    const found = await inPage(page, 'first', async (sdk, url, name) => {
      const millrace = sdk.connect({ url })
      const run = await millrace.startRun({ experiment: 'page', name, params: { rate: 0.1 } })
      for (let step = 0; step < 3000; step += 1) run.log({ loss: step }, { step })
      const [stored] = await run.artifact(new Blob(['from a page']), 'note.txt')
      await run.end()
      return { ...(await millrace.runs.get(run.id)), stored }
    })
    expect(found).toMatchObject({ name: 'first', status: 'finished', params: { rate: '0.1' }, metrics: { loss: 2999 } })
    expect(found.stored?.digest).toBe(`sha256:${createHash('sha256').update('from a page').digest('hex')}`)
    await page.close()
  })
  it('keeps what it logs while the server is away, also when the page is closed', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(site.url)
    await server.stop()
    const id = await inPage(page, 0, async (sdk, url) => {
      const run = await sdk.connect({ url, warn: () => {} }).startRun({ experiment: 'page' })
      for (let step = 0; step < 2500; step += 1) run.log({ loss: step }, { step })
      await run.flush({ deadlineMs: 500 }).catch(() => {})
      run.log({ loss: 2500 }, { step: 2500 })
      return run.id
    })
    await page.close({ runBeforeUnload: true })
    await server.start('--cors-allowed-origins', site.url)
    const next = await context.newPage()
    await next.goto(site.url)
    const node = connect({ url: server.url })
    const steps = async () => {
      await inPage(next, 0, (sdk, url) => sdk.connect({ url }).sync())
      return (await Array.fromAsync(node.runs.history(id, 'loss'))).map(({ step }) => step)
    }
    await expect.poll(steps, { timeout: 20_000 }).toEqual(Array.from({ length: 2501 }, (_, step) => step))
    expect(await node.runs.get(id)).toMatchObject({ status: 'killed' })
    expect(await inPage(next, 0, (sdk, url) => sdk.connect({ url }).sync())).toBe(0)
    await context.close()
  })
})

describe('SHA-256 without Node', () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 1000, 300_001])('of %d bytes is what Node says', async (sizeBytes) => {
    const bytes = new Uint8Array(randomBytes(sizeBytes))
    expect(await sha256(new Blob([bytes]).stream())).toBe(createHash('sha256').update(bytes).digest('hex'))
  })
})

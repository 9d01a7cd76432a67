import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { chromium } from 'playwright-core'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'

// Needs Chromium (MILLRACE_TEST_CHROMIUM, default /usr/bin/chromium) and the npm package onnxruntime-web: as a file named
// by MILLRACE_TEST_ORT_WEB, else from the registry.
const browserPath = process.env['MILLRACE_TEST_CHROMIUM'] ?? '/usr/bin/chromium'
const folder = mkdtempSync(join(tmpdir(), 'millrace-edge-web-'))
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}
afterAll(() => rmSync(folder, { recursive: true }))

// What runs in the page is text: there it is no module of this test.
const loaded =
  "import(location.origin + '/predict.mjs').then(async (bundle) => { globalThis.model = await bundle.load() })"
const measured = `(async () => {
  const [answer] = await model.predict([{ a: 1, b: 0.25 }])
  const times = []
  for (let at = 0; at < 99; at += 1) {
    const begun = performance.now()
    await model.predict([{ a: at, b: 0 }])
    times.push(performance.now() - begun)
  }
  const failed = await model.sync({}).then(() => false, () => true)
  return { answer: failed ? answer : undefined, medianMs: times.toSorted((one, other) => one - other)[49] }
})()`

interface Measured {
  readonly answer?: { readonly id: string; readonly outputs: { readonly probability: number } }
  readonly medianMs: number
}

/** Serves the bundle's files and takes its prediction log. */
async function serve(output: string) {
  const got: { id: string }[] = []
  const server = createServer((request, response) => {
    const path = join(output, request.url ?? '')
    if (request.method === 'POST') {
      let text = ''
      request.on('data', (part: Buffer) => void (text += part.toString()))
      request.on('end', () => {
        got.push(...(JSON.parse(text) as { rows: { id: string }[] }).rows) // as the runtime sends it
        response.end('{}')
      })
    } else if (existsSync(path)) {
      response
        .writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
        .end(readFileSync(path))
    } else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  return { url, got, server }
}

describe.skipIf(!existsSync(browserPath))('an edge bundle in Chromium', () => {
  it('predicts offline, keeps its log in IndexedDB over a reload, and sends it', async () => {
    const [model, output] = [join(folder, 'model.onnx'), join(folder, 'bundle')]
    writeFileSync(model, tinyModel({ weights: { a: 1, b: -2 }, bias: 0.5 }))
    const cli = fileURLToPath(new URL('../../apps/cli/main.ts', import.meta.url))
    const tarball = process.env['MILLRACE_TEST_ORT_WEB']
    const runtime = tarball === undefined ? [] : ['--runtime', tarball]
    const flags = ['--target', 'browser', '--output', output, '--endpoint', 'e', ...runtime]
    await promisify(execFile)(process.execPath, [cli, 'edge', 'export', model, ...flags])
    const { url, got, server } = await serve(output)
    onTestFinished(() => void server.close())
    const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
    onTestFinished(() => browser.close())
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${url}/index.html`)
    await page.evaluate(loaded)
    // From here on the network is gone.
    await context.setOffline(true)
    const { answer, medianMs } = await page.evaluate<Measured>(measured)
    process.stdout.write(`Chromium: ${medianMs.toFixed(2)} ms a row, its log included\n`)
    expect(answer?.outputs.probability).toBeCloseTo(1 / (1 + Math.exp(-1)), 5)
    await context.setOffline(false)
    await page.reload()
    const sent = await page.evaluate<number>(`${loaded}.then(() => model.sync({ server: ${JSON.stringify(url)} }))`)
    expect(sent).toBe(100)
    expect(got[0]?.id).toBe(answer?.id)
    // A changed model is refused.
    const bytes = readFileSync(join(output, 'model.onnx'))
    bytes[40] = (bytes[40] ?? 0) ^ 1
    writeFileSync(join(output, 'model.onnx'), bytes)
    const refused = await page.evaluate<string>(`${loaded}.then(() => '', (error) => error.message)`)
    expect(refused).toContain('model.onnx is not the file that was exported')
  }, 120_000)
})

import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import type { EdgeModel } from '@millrace/model-serving/edge'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createRunner, endpointHashOf, exportEdge, nodePackages } from './edge-parts.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-edge-'))
const modelPath = join(folder, 'model.onnx')
beforeAll(() => writeFileSync(modelPath, tinyModel({ weights: { a: 1, b: -2 }, bias: 0.5 })))
afterAll(() => rmSync(folder, { recursive: true }))

async function bundle(name: string, server = 'http://127.0.0.1:9') {
  const output = join(folder, name)
  const { signature } = await createRunner({ format: 'onnx', path: modelPath })
  const log = { server, workspace: 'default', endpoint: 'e', endpointHash: endpointHashOf('default', 'e') }
  const processing = join(folder, 'processing.ts')
  writeFileSync(processing, 'export const before = (row: { half: number }) => ({ a: row.half * 2, b: 0 })\n')
  await exportEdge({
    target: 'node',
    output,
    modelPath,
    modelName: 'tiny',
    version: undefined,
    signature,
    processing,
    log,
    nodePackages: nodePackages(),
    web: {
      cache: folder,
      registry: 'http://127.0.0.1:9',
    },
  })
  const load = async () => {
    const module = (await import(pathToFileURL(join(output, 'predict.mjs')).href)) as { load: () => Promise<EdgeModel> } // node-runtime.ts
    return module.load()
  }
  return { output, load }
}

describe('an edge bundle for Node', () => {
  it('predicts offline as the server would, with its pre-processing', async () => {
    const { load } = await bundle('predicts')
    const model = await load()
    const [answer] = await model.predict([{ half: 0.75 }])
    expect(answer?.outputs['probability']).toBeCloseTo(1 / (1 + Math.exp(-2)), 5)
    expect(answer?.id).toMatch(/^pred_[0-9a-z]{25}\.0$/)
    await expect(model.predict([{ half: 'x' }])).resolves.toBeDefined() // NaN is a number to the pre-processing
  })

  it('refuses a model whose bytes were changed', async () => {
    const { output, load } = await bundle('changed')
    const bytes = readFileSync(join(output, 'model.onnx'))
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1
    writeFileSync(join(output, 'model.onnx'), bytes)
    await expect(load()).rejects.toThrow('model.onnx is not the file that was exported')
  })

  it('keeps its log while the server is away and sends each row once it is there', async () => {
    const got: { id: string }[] = []
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (part: Buffer) => void (text += part.toString()))
      request.on('end', () => {
        const { rows } = JSON.parse(text) as { rows: { id: string }[] } // as the runtime sends it
        got.push(...rows)
        response.end('{"taken":1,"known":0}')
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    const { load } = await bundle('buffers')
    const first = await load()
    const made = await first.predict(Array.from({ length: 700 }, (_, at) => ({ half: at })))
    await expect(first.sync()).rejects.toThrow()
    const again = await load()
    expect(await again.sync({ server: url })).toBe(700)
    expect(await again.sync({ server: url })).toBe(0)
    expect(got.map(({ id }) => id)).toEqual(made.map(({ id }) => id))
  })
})

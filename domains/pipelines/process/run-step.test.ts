import { mkdir, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startServerProcess } from '../testing/server-process.ts'

async function aServer() {
  const folder = await temporaryFolder()
  const dataDir = join(folder, 'data')
  await mkdir(dataDir)
  const server = await startServerProcess(dataDir)
  onTestFinished(() => server.stop())
  return { server, folder }
}

describe('a step’s own process', () => {
  it('gets files and values, gives files and values, and its log can be read', async () => {
    const { server, folder } = await aServer()
    await server.apply('./side-effects.ts')
    const parameters = { notes: join(folder, 'notes'), ms: 1 }
    const { id } = await server.call<{ id: string }>('POST', '/pipelines/side-effects/runs', { parameters })
    const run = await server.ended(id)
    const digest = `sha256:${createHash('sha256').update('3').digest('hex')}`
    expect(run).toMatchObject({
      state: 'succeeded',
      outputs: { n: 7, numbers: { digest, sizeBytes: 1, name: 'numbers.txt' } },
    })
    const log = await server.call<{ lines: { text: string }[]; ended: boolean }>(
      'GET',
      `/pipeline-runs/${id}/steps/first/logs`,
    )
    expect(log).toMatchObject({ lines: [{ text: 'working on 0' }], ended: true })
    const stream = await fetch(
      `${server.url}/api/millrace/v1/w/default/pipeline-runs/${id}/steps/first/logs?follow=true`,
    )
    expect(await stream.text()).toMatch(/^id: \d+\ndata: .*working on 0.*\n\nevent: end\n/)
  })

  it('calls the server as its job, and gives nothing away that lies outside its folder', async () => {
    const { server } = await aServer()
    await server.apply('./calls-server.ts')
    const { id } = await server.call<{ id: string }>('POST', '/pipelines/calls-server/runs', {})
    const { steps, state } = await server.ended(id)
    expect(state).toBe('failed')
    expect(steps.map((step) => step.outputs)).toEqual([
      {
        maxJobs: { value: 3 },
        parameter: { value: '"narrow"' },
        refusal: {
          value: 'POST /pipelines/none/runs: There is no pipeline "none". "millrace apply" makes one of a module.',
        },
      },
      null,
    ])
    expect(steps[1]?.reason).toContain('is not a file in the work folder: /etc/hostname')
  })

  it('refuses to run code that is not the version’s', async () => {
    const { server, folder } = await aServer()
    const module = join(folder, 'changing.mjs')
    const write = (n: number) =>
      writeFile(
        module,
        `const graph = { steps: [{ name: 's', uses: 's', inputs: {}, outputs: { n: { type: 'integer' } }, after: [], resources: { cpu: 1, memoryMb: 64 }, queue: 'default', retries: { limit: 0, backOffMs: 0, factor: 1, maximumMs: 0 }, timeoutMs: null, cache: { on: false, maxAgeMs: null, key: '' } }], outputs: {} }
         export default { [Symbol.for('millrace.pipelines.pipeline')]: true, name: 'changing', description: '', parameters: {}, triggers: [], graph, run: { s: () => ({ n: ${n} }) } }`,
      )
    await write(1)
    await server.apply(module)
    await write(2)
    const { id } = await server.call<{ id: string }>('POST', '/pipelines/changing/runs', {})
    const { steps } = await server.ended(id)
    expect(steps[0]).toMatchObject({ state: 'failed' })
    expect(steps[0]?.reason).toContain('is not what this version of "changing" was made from')
  })
})

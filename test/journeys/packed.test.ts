import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type InstalledPackage, installPackage } from '../packed/installed-package.ts'

describe('the npm package, installed in an empty folder', () => {
  let installed: InstalledPackage
  let url = ''
  beforeAll(async () => {
    installed = installPackage()
    url = (await installed.startServer()).url
  }, 240_000)
  afterAll(() => installed.remove())

  it('starts a server that is healthy and has its pages', async () => {
    expect(await (await fetch(`${url}/health`)).text()).toBe('OK')
    const page = await (await fetch(`${url}/`)).text()
    const script = /src="\.?\/?(assets\/[^"]+\.js)"/.exec(page)?.[1]
    const answer = await fetch(`${url}/${script}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('text/javascript')
  })

  it('applies the example that it carries, pipeline and all, and a second time changes nothing', async () => {
    const example = ['apply', '--file', 'node_modules/millrace/examples/flight-delay/loop.yaml']
    const first = await installed.run(example, { MILLRACE_URL: url })
    expect(first.said).toMatch(/create\s+Pipeline\s+train-flight-delay/)
    expect(first.exitCode).toBe(0)
    const second = await installed.run(example, { MILLRACE_URL: url })
    expect(second.exitCode).toBe(0)
    expect(second.said).not.toMatch(/create|change /)
  })

  it('runs steps of the packed pipeline in processes of their own', async () => {
    const api = `${url}/api/millrace/v1/w/default`
    const parameters = { training: 'datasets:/none@latest', holdout: 'datasets:/none@latest' }
    const { id } = await startRun(`${api}/pipelines/train-flight-delay/runs`, parameters)
    // The step's code came as far as asking for its data, which is not there.
    await expect
      .poll(async () => readRun(`${api}/pipeline-runs/${id}`), { timeout: 60_000 })
      .toMatch(/^failed: .*none/s)
  })

  it('has the door with which its users write pipelines of their own', async () => {
    writeFileSync(join(installed.folder, 'greet.js'), greet)
    writeFileSync(join(installed.folder, 'greet.yaml'), greetYaml)
    const applied = await installed.run(['apply', '--file', 'greet.yaml'], { MILLRACE_URL: url })
    expect(applied.said).toMatch(/create\s+Pipeline\s+greet/)
    const api = `${url}/api/millrace/v1/w/default`
    const { id } = await startRun(`${api}/pipelines/greet/runs`, {})
    await expect.poll(async () => readRun(`${api}/pipeline-runs/${id}`), { timeout: 60_000 }).toMatch(/^succeeded/)
  })
})

const greet = `import { pipeline, step, text } from 'millrace/pipelines/define'
const hello = step({ name: 'hello', inputs: {}, outputs: { said: text() }, run: async () => ({ said: 'hello' }) })
export default pipeline('greet', { parameters: {} }, () => ({ said: hello({}).said }))
`
const greetYaml = `apiVersion: millrace/v1
kind: Pipeline
metadata: { name: greet }
spec: { module: ./greet.js }
`

async function startRun(address: string, parameters: Readonly<Record<string, string>>): Promise<{ id: string }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify({ parameters }) })
  return (await answer.json()) as { id: string }
}

/** A run's state, and why its steps failed where they did. */
async function readRun(address: string): Promise<string> {
  const run = (await (await fetch(address)).json()) as {
    state: string
    steps: { attempts: { reason: string | null }[] }[]
  }
  const reasons = run.steps.flatMap(({ attempts }) => attempts.map(({ reason }) => reason ?? ''))
  return `${run.state}: ${reasons.join(' ')}`
}

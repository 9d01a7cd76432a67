import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Differences, Provenance, Run } from '../../contract.ts'

// The program as people start it, against a server as people start it.
const program = fileURLToPath(new URL('../../../../apps/cli/main.ts', import.meta.url))
const python = fileURLToPath(new URL('../../../../.toolchain/python/bin/python', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'millrace-reproduction-'))
const at = (...path: string[]) => join(folder, ...path)
const server: { child?: ChildProcess; url: string } = { url: '' }
const shell = promisify(execFile)

function start(cwd: string, argv: readonly string[]) {
  const env = { ...process.env, MILLRACE_URL: server.url, GIT_CONFIG_GLOBAL: '/dev/null' }
  const child = spawn(process.execPath, [program, ...argv], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout.on('data', (piece) => (text.out += String(piece)))
  child.stderr.on('data', (piece) => (text.err += String(piece)))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, ...text })),
  )
  return { child, ended, text }
}

const millrace = (cwd: string, ...argv: string[]) => start(cwd, argv).ended

async function asRun(cwd: string, ...argv: string[]): Promise<{ runId: string; status: string; exitCode: number }> {
  const { out, err } = await millrace(cwd, 'run', '--json', '--sample-every', '0.2', ...argv)
  if (out === '') throw new Error(err)
  return JSON.parse(out) as { runId: string; status: string; exitCode: number } // what the command prints
}

async function api<T>(path: string): Promise<T> {
  const response = await fetch(`${server.url}/api/millrace/v1/w/default${path}`)
  return (path.includes('/artifacts/') ? await response.text() : await response.json()) as T // the route's answer
}

const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org']
const git = (cwd: string, ...args: string[]) => shell('git', [...identity, ...args], { cwd })

/** A training that knows MLflow's API alone, as any client of MLflow does. */
const trainJs = `
import { readFileSync } from 'node:fs'
const { MLFLOW_TRACKING_URI: url, MLFLOW_RUN_ID: run_id } = process.env
const rows = readFileSync('data/flights/flights.csv', 'utf8').trim().split('\\n').length
const send = (name, body) => fetch(url + '/api/2.0/mlflow/runs/' + name, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ run_id, ...body }) })
await send('log-parameter', { key: 'seed', value: process.argv[2] })
await send('log-metric', { key: 'loss', value: rows / 7 + Number(process.argv[2]), timestamp: 1, step: 1 })
await send('log-metric', { key: 'took', value: process.pid, timestamp: 1, step: 1 })
console.log('trained on', rows, 'rows')
`

async function aRepository(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const repository = at(name)
  await mkdir(repository)
  await git(repository, 'init', '--quiet', '--initial-branch=main')
  for (const [path, text] of Object.entries(files)) await writeFile(join(repository, path), text)
  await git(repository, 'add', '.')
  await git(repository, 'commit', '--quiet', '-m', 'First')
  await git(folder, 'clone', '--quiet', '--bare', repository, at(`${name}.git`))
  await git(repository, 'remote', 'add', 'origin', at(`${name}.git`))
  await git(repository, 'fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*')
  return repository
}

beforeAll(async () => {
  const { child } = start(folder, ['server', '--port', '0', '--data-dir', at('server'), '--data-plane-processes', '1'])
  server.child = child
  server.url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (piece) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(String(piece))
      if (found !== null) resolve(found[0])
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  await writeFile(at('flights.csv'), 'delay,late\n1,0\n20,1\n')
  await millrace(folder, 'data', 'add', 'flights.csv', '--name', 'flights')
}, 60_000)
afterAll(async () => {
  server.child?.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

describe('millrace run, reproduce and diff', { timeout: 120_000 }, () => {
  it('records a run whole and does it again from another copy of the repository', async () => {
    const repository = await aRepository('whole', { 'train.mjs': trainJs, '.gitignore': 'data/\n' })
    await writeFile(join(repository, 'train.mjs'), trainJs.replace('rows / 7', 'rows / 8'))
    await writeFile(join(repository, 'notes.txt'), 'kept\n')
    const data = ['--data', 'flights=data/flights']
    const first = await asRun(repository, '--keep-untracked', ...data, '--', process.execPath, 'train.mjs', '3')
    expect(first).toMatchObject({ status: 'finished', exitCode: 0 })

    const run = await api<Run>(`/runs/${first.runId}`)
    expect(run).toMatchObject({ status: 'finished', params: { seed: '3' }, experiment: 'whole' })
    expect(run.metrics).toMatchObject({ loss: 3 + 3 / 8 })
    expect(Object.keys(run.metrics)).toEqual(
      expect.arrayContaining(['system/system_memory_usage_megabytes', 'system/process_memory_megabytes']),
    )
    expect(run.data).toMatchObject([{ name: 'flights@v1' }])
    expect(await api<string>(`/runs/${run.id}/artifacts/logs/stdout.log`)).toBe('trained on 3 rows\n')
    expect((await millrace(folder, 'runs', 'logs', run.id)).out).toBe('trained on 3 rows\n')
    const provenance = await api<Provenance>(`/runs/${run.id}/provenance`)
    expect(provenance).toMatchObject({
      source: 'launcher',
      entryPoint: 'train.mjs',
      code: { branch: 'main', pushed: true, untracked: [{ path: 'notes.txt', kept: true }] },
      seeds: { seed: '3' },
      data: [{ path: 'data/flights' }],
    })

    // The original is gone: the remote and the artifacts have to do.
    await rm(repository, { recursive: true })
    const strict = await millrace(folder, 'reproduce', run.id, '--into', at('again-1'))
    expect(strict).toMatchObject({ code: 1 })
    expect(strict.out).toContain('Not reproduced: 1 of 2 metrics')
    const again = await millrace(folder, 'reproduce', run.id, '--into', at('again-2'), '--ignore', 'took', '--json')
    expect(again).toMatchObject({ code: 0 })
    const answer = JSON.parse(again.out) as { again: string; metrics: unknown } // what the command prints
    expect(answer.metrics).toMatchObject([{ key: 'loss', original: 3.375, again: 3.375, verdict: 'same' }])
    expect(await readFile(at('again-2', 'code', 'notes.txt'), 'utf8')).toBe('kept\n')
    expect(await api<Provenance>(`/runs/${answer.again}/provenance`)).toMatchObject({
      reproducesRunId: run.id,
      code: { commit: provenance.code?.commit, patch: provenance.code?.patch },
    })
  })

  it('lists what is missing and runs nothing', async () => {
    const repository = await aRepository('lost', { 'train.mjs': 'console.log(1)\n' })
    await writeFile(join(repository, 'secret.txt'), 'x')
    const untracked = await asRun(repository, '--', process.execPath, 'train.mjs')
    const dry = await millrace(folder, 'reproduce', untracked.runId, '--dry-run')
    expect(dry).toMatchObject({ code: 1 })
    expect(dry.out).toContain('Untracked files were not kept: secret.txt.')

    await git(repository, 'add', '.')
    await git(repository, 'commit', '--quiet', '-m', 'Not pushed')
    const unpushed = await asRun(repository, '--', process.execPath, 'train.mjs')
    const whole = await millrace(folder, 'reproduce', unpushed.runId, '--dry-run')
    expect(whole).toMatchObject({ code: 0 })
    expect(whole.out).toContain('was not pushed')
    await rm(repository, { recursive: true })
    const gone = await millrace(folder, 'reproduce', unpushed.runId, '--into', at('gone'), '--anyway')
    expect(gone).toMatchObject({ code: 1 })
    expect(gone.out).toMatch(/It had\s+not been pushed\./)
    expect(gone.out).toContain('Nothing was run.')

    const response = await fetch(`${server.url}/api/millrace/v1/w/default/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ experiment: 'lost' }),
    })
    const { id } = (await response.json()) as Run // the route's answer
    const nothing = await millrace(folder, 'reproduce', id, '--into', at('nothing'))
    expect(nothing).toMatchObject({ code: 1 })
    expect(nothing.out).toContain('No commit is recorded')
    expect(nothing.out).toContain('No command is recorded')
  })

  it('ends as the command ends, and hands signals on', async () => {
    await mkdir(at('plain'))
    expect(await asRun(at('plain'), '--', process.execPath, '-e', 'process.exit(7)')).toMatchObject({
      status: 'failed',
      exitCode: 7,
    })
    const script = 'console.log("up"); setInterval(() => {}, 1000)'
    const { child, ended, text } = start(at('plain'), ['run', '--', process.execPath, '-e', script])
    await expect.poll(() => text.out, { timeout: 20_000 }).toContain('up')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 143 })
    const id = /run ([0-9a-f]{32})/.exec(text.err)?.[1] ?? ''
    expect(await api<Run>(`/runs/${id}`)).toMatchObject({ status: 'killed' })
    expect((await millrace(at('plain'), 'run', '--', 'no-such-program')).err).toContain('no-such-program')
  })

  it('shows what two runs do not have in common', async () => {
    const repository = await aRepository('two', { 'train.mjs': 'console.log(1)\n' })
    const first = await asRun(repository, '--env', 'LANG', '--', process.execPath, 'train.mjs', 'a')
    await writeFile(join(repository, 'train.mjs'), 'console.log(2)\n')
    const second = await asRun(repository, '--env', 'LANG', '--', process.execPath, 'train.mjs', 'b')
    const { out } = await millrace(folder, 'diff', first.runId, second.runId, '--json')
    const found = JSON.parse(out) as Differences // what the command prints
    expect(found.code.map(({ field }) => field)).toEqual(['command', 'patch'])
    expect(found.patch.lines).toContain('++console.log(2)')
    const shown = await millrace(folder, 'diff', first.runId, second.runId, '--patch')
    expect(shown.out).toContain('+ +console.log(2)'.replace(' ', ''))
    expect(shown.out).toContain('Metrics: no difference')
  })

  it.skipIf(!existsSync(python))('rebuilds a Python environment', async () => {
    const train = [
      'import json, os, sys, urllib.request',
      'body = {"run_id": os.environ["MLFLOW_RUN_ID"], "key": "prefix", "value": float(sys.prefix == sys.argv[1]), "timestamp": 1}',
      'address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-metric"',
      'request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})',
      'urllib.request.urlopen(request).read()',
    ]
    const repository = await aRepository('python', { 'train.py': train.join('\n') })
    await shell(python, ['-m', 'venv', '--without-pip', at('venv')])
    const first = await asRun(repository, '--', at('venv/bin/python'), 'train.py', 'elsewhere')
    expect(await api<Provenance>(`/runs/${first.runId}/provenance`)).toMatchObject({
      python: { implementation: 'CPython', executable: at('venv/bin/python'), complete: true },
    })
    await rm(at('venv'), { recursive: true })
    const again = await millrace(folder, 'reproduce', first.runId, '--into', at('again-python'))
    expect(again.out).toContain('Reproduced: 1 metric within the tolerance.')
    expect(existsSync(at('again-python/environment/bin/python'))).toBe(true)
  })
})

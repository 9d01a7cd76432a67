import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Side } from './sides.ts'

/** What a rival's request looks like. */
export type RivalForm = 'open-inference' | 'rows' | 'mlflow' | 'kserve-v1'

export interface RivalSide extends Side {
  readonly form: RivalForm
}

interface Rival {
  readonly title: string
  readonly packages: readonly string[]
  readonly form: RivalForm
  readonly path: string
  readonly health: string
  /** What is run in the environment's folder of programs, after `files` were written beside it. */
  readonly start: (at: { bin: string; folder: string; port: number }) => readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

const files = fileURLToPath(new URL('rivals', import.meta.url))

const rivals: Readonly<Record<string, Rival>> = {
  'fastapi-onnx': {
    title: 'FastAPI + onnxruntime (async, uvloop)',
    packages: ['fastapi', 'uvicorn[standard]', 'onnxruntime', 'numpy', 'scikit-learn', 'skl2onnx'],
    form: 'rows',
    path: '/predict',
    health: '/health',
    start: ({ bin, port }) => [join(bin, 'python'), join(files, 'fastapi_server.py'), 'onnx', String(port)],
  },
  'fastapi-sklearn': {
    title: 'FastAPI + scikit-learn (async, uvloop)',
    packages: ['fastapi', 'uvicorn[standard]', 'onnxruntime', 'numpy', 'scikit-learn', 'skl2onnx'],
    form: 'rows',
    path: '/predict',
    health: '/health',
    start: ({ bin, port }) => [join(bin, 'python'), join(files, 'fastapi_server.py'), 'sklearn', String(port)],
  },
  mlserver: {
    title: 'MLServer 1.7.1 (parallel_workers 0)',
    packages: ['mlserver==1.7.1', 'mlserver-sklearn==1.7.1', 'uvloop<0.22', 'scikit-learn', 'setuptools<80'],
    form: 'open-inference',
    path: '/v2/models/iris/infer',
    health: '/v2/models/iris/ready',
    start: ({ bin, folder, port }) => {
      execFileSync(join(bin, 'python'), [join(files, 'iris_model.py'), join(folder, 'model.joblib')])
      const model = {
        name: 'iris',
        implementation: 'mlserver_sklearn.SKLearnModel',
        parameters: { uri: './model.joblib' },
      }
      writeFileSync(join(folder, 'model-settings.json'), JSON.stringify(model))
      const server = {
        parallel_workers: 0,
        http_port: port,
        grpc_port: port + 1,
        metrics_port: port + 2,
        host: '127.0.0.1',
      }
      writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...server, debug: false, access_log: false }))
      return [join(bin, 'mlserver'), 'start', folder]
    },
  },
  mlflow: {
    title: 'mlflow models serve 3.17.2',
    packages: ['mlflow==3.17.2', 'scikit-learn', 'uvicorn[standard]'],
    form: 'mlflow',
    path: '/invocations',
    health: '/ping',
    start: ({ bin, folder, port }) => {
      execFileSync(join(bin, 'python'), [join(files, 'iris_model.py'), join(folder, 'model'), 'mlflow'])
      const at = ['--host', '127.0.0.1', '--port', String(port), '--env-manager', 'local', '--workers', '1']
      return [join(bin, 'mlflow'), 'models', 'serve', '--model-uri', join(folder, 'model'), ...at]
    },
  },
  kserve: {
    title: 'KServe 0.21 Python server (V2)',
    packages: ['kserve', 'scikit-learn'],
    form: 'open-inference',
    path: '/v2/models/iris/infer',
    health: '/v2/models/iris/ready',
    start: ({ bin, port }) => [
      join(bin, 'python'),
      join(files, 'kserve_server.py'),
      `--http_port=${port}`,
      `--grpc_port=${port + 1}`,
    ],
  },
  bentoml: {
    title: 'BentoML (one worker)',
    packages: ['bentoml', 'scikit-learn'],
    form: 'rows',
    path: '/predict',
    health: '/readyz',
    start: ({ bin, port }) => [
      join(bin, 'bentoml'),
      'serve',
      'bentoml_service:Iris',
      '--working-dir',
      files,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
    ],
  },
}

/** Names of all rivals that can be measured here. */
export const rivalNames = Object.keys(rivals)

/** The same flower in each rival's form. */
export function iris(form: RivalForm): Buffer {
  const row = [5.1, 3.5, 1.4, 0.2]
  const bodies: Readonly<Record<RivalForm, object>> = {
    'open-inference': { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: row }] },
    rows: { rows: [row] },
    mlflow: { inputs: [row] },
    'kserve-v1': { instances: [row] },
  }
  return Buffer.from(JSON.stringify(bodies[form]))
}

/** Installs a rival into the user's cache, once, and starts it. Throws a sentence where it cannot run. */
export async function startRival(name: string, scratch: string): Promise<RivalSide> {
  const rival = rivals[name]
  if (rival === undefined) throw new Error(`There is no rival "${name}"; there are ${rivalNames.join(', ')}.`)
  const bin = environmentOf(name, rival)
  const folder = join(scratch, name)
  mkdirSync(folder, { recursive: true })
  const port = await freePorts()
  const [program = '', ...args] = rival.start({ bin, folder, port })
  const log = openSync(join(folder, 'server.log'), 'a')
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      BENTOML_DO_NOT_TRACK: 'true',
      OMP_NUM_THREADS: '1',
      ...rival.environment,
    },
  })
  const url = `http://127.0.0.1:${port}`
  await healthy(child, url + rival.health, join(folder, 'server.log'))
  const { title, form, path } = rival
  return { name: title, url, path, form, pid: child.pid ?? 0, stop: () => end(child) }
}

/** One environment per rival and list of packages, finished under its name only when all is there. */
function environmentOf(name: string, { packages }: Rival): string {
  const home = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'millrace', 'bench-rivals')
  const folder = join(home, name)
  const bin = join(folder, 'bin')
  if (existsSync(join(folder, 'complete'))) return bin
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  const python =
    process.env['MILLRACE_TEST_PYTHON'] ?? fileURLToPath(new URL('../../.toolchain/python/bin/python', import.meta.url))
  execFileSync(python, ['-m', 'venv', folder], { stdio: 'inherit' })
  execFileSync(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'inherit' })
  writeFileSync(join(folder, 'complete.part'), packages.join('\n'))
  renameSync(join(folder, 'complete.part'), join(folder, 'complete'))
  return bin
}

async function healthy(child: ChildProcess, url: string, log: string): Promise<void> {
  for (let attempt = 0; attempt < 240 && child.exitCode === null; attempt += 1) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok === true) return
    await wait(250)
  }
  await end(child)
  throw new Error(`The rival did not answer ${url} within a minute; see ${log}.`)
}

/** A process group of its own, since some start workers. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  const exited = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), 5000)
  await exited
  clearTimeout(timer)
}

/** A port whose two neighbours are most likely free too. */
async function freePorts(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port.')
  return address.port
}

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** An interpreter with the given packages: a virtual environment in the user's cache, made once per set of packages. */
export async function pythonWith(...packages: readonly string[]): Promise<string> {
  const key = createHash('sha256').update(packages.toSorted().join('\n')).digest('hex').slice(0, 16)
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(cache, 'millrace-campaigns', key)
  const ready = join(folder, 'ready')
  if (await exists(ready)) return join(folder, 'bin', 'python')
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(cache, 'millrace-campaigns'), { recursive: true })
  const base = process.env['MILLRACE_TEST_PYTHON'] ?? 'python3'
  await run(base, ['-m', 'venv', folder])
  const python = join(folder, 'bin', 'python')
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
    maxBuffer: 64 * 1024 * 1024,
  })
  await mkdir(`${ready}-made`)
  await rename(`${ready}-made`, ready)
  return python
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Runs a script of this folder; gives what it saw, by what it was: each line it prints is `{"what": …, "value": …}`. */
export async function seenBy(
  python: string,
  script: string,
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TF_CPP_MIN_LOG_LEVEL: '3',
    CUDA_VISIBLE_DEVICES: '',
  }
  const { stdout } = await run(python, [path, ...args], { env, maxBuffer: 64 * 1024 * 1024 })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{"what"'))
  return Object.fromEntries(
    lines.map((line) => {
      const { what, value } = JSON.parse(line) as { what: string; value: unknown } // as the scripts print them
      return [what, value]
    }),
  )
}

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { pythonProblem } from '../python-problem.ts'
import { readRequirements } from './read-requirements.ts'

export interface EnvironmentRequest {
  readonly modelPath: string
  /** The interpreter to use where it meets the requirements, and to make environments with. */
  readonly python: string
  /** Where environments are kept. */
  readonly folder: string
  /** Told what is being done, for the log. */
  readonly say: (sentence: string) => void
}

/** An interpreter that meets a model's requirements. */
export interface PythonEnvironment {
  readonly python: string
  /** True when it was made for these requirements. */
  readonly made: boolean
}

const run = promisify(execFile)
const Checked = z.object({
  version: z.string(),
  differences: z.array(z.object({ wanted: z.string(), have: z.string().nullable() })),
})
const underWay = new Map<string, Promise<PythonEnvironment>>()
const lockedForMs = 30 * 60_000
const lookAgainMs = 500

/**
 * The interpreter for a model: the given one where it meets the model's requirements, else that of an environment made for
 * exactly these, with `uv` where there is one, once for all models that ask for the same. Only wheels are installed, so that
 * nothing of a package runs here. Throws `python-worker/no-interpreter`, `python-worker/environment`.
 */
export async function ensureEnvironment(request: EnvironmentRequest): Promise<PythonEnvironment> {
  const { python } = request
  const { lines, refused } = await readRequirements(request.modelPath)
  const { version, differences } = await compare(python, lines)
  if (differences.length === 0) return { python, made: false }
  const wanted = lines.toSorted()
  const digest = createHash('sha256')
    .update(JSON.stringify([version, wanted]))
    .digest('hex')
    .slice(0, 24)
  const differs = differences.map(({ wanted: line, have }) => `${line} (${have ?? 'absent'})`).join(', ')
  if (refused.length > 0)
    request.say(`These lines of the model's requirements are not installed: ${refused.join(', ')}.`)
  const running = underWay.get(digest) ?? makeOnce(request, { digest, wanted, differs })
  underWay.set(digest, running)
  return running.finally(() => underWay.delete(digest))
}

/** What of these an interpreter does not meet. */
async function compare(python: string, lines: readonly string[]): Promise<z.infer<typeof Checked>> {
  const program = fileURLToPath(new URL('./check_requirements.py', import.meta.url))
  try {
    const { stdout } = await run(python, ['-I', program, JSON.stringify(lines)], { env: {}, timeout: 60_000 })
    return Checked.parse(JSON.parse(stdout))
  } catch (error) {
    throw pythonProblem['no-interpreter']({ python, reason: lastLineOf(error) }, error)
  }
}

interface Wanted {
  readonly digest: string
  readonly wanted: readonly string[]
  readonly differs: string
}

/** Several processes may ask for the same environment; one makes it, the others wait. */
async function makeOnce(request: EnvironmentRequest, wanted: Wanted): Promise<PythonEnvironment> {
  const folder = join(request.folder, wanted.digest)
  const made: PythonEnvironment = { python: join(folder, 'bin', 'python'), made: true }
  const complete = join(folder, 'complete')
  await mkdir(request.folder, { recursive: true })
  const lock = `${folder}.lock`
  while (!(await exists(complete))) {
    if (await take(lock)) {
      try {
        if (!(await exists(complete))) await make(request, folder, wanted)
      } finally {
        await rm(lock, { recursive: true, force: true })
      }
    } else await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
  }
  return made
}

/** A lock is a folder with its owner's process id; one whose process has ended, or that is very old, is taken over. */
async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock)
    await writeFile(join(lock, 'pid'), String(process.pid))
    return true
  } catch {
    const owner = Number(await readFile(join(lock, 'pid'), 'utf8').catch(() => '0'))
    const age = Date.now() - ((await stat(lock).catch(() => undefined))?.mtimeMs ?? Date.now())
    if ((owner > 0 && !isAlive(owner)) || age > lockedForMs) await rm(lock, { recursive: true, force: true })
    return false
  }
}

async function make({ python, say }: EnvironmentRequest, folder: string, { wanted, differs }: Wanted): Promise<void> {
  say(`Making a Python environment in ${folder}: ${python} does not meet ${differs}.`)
  await rm(folder, { recursive: true, force: true })
  const list = join(folder, 'requirements.txt')
  const own = join(folder, 'bin', 'python')
  try {
    const uv = await hasUv()
    if (uv) await run('uv', ['venv', '--quiet', '--python', python, folder], options)
    else await run(python, ['-I', '-m', 'venv', folder], options)
    await writeFile(list, `${wanted.join('\n')}\n`)
    const wheels = ['--only-binary', ':all:', '-r', list]
    if (uv) await run('uv', ['pip', 'install', '--quiet', '--python', own, ...wheels], options)
    else {
      const quiet = ['--quiet', '--disable-pip-version-check', '--no-input']
      await run(own, ['-I', '-m', 'pip', 'install', ...quiet, ...wheels], options)
    }
    await writeFile(join(folder, 'complete'), `${new Date().toISOString()}\n`)
    say(`The Python environment in ${folder} is ready.`)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw pythonProblem.environment({ reason: `${lastLineOf(error)}; ${python} does not meet ${differs}` }, error)
  }
}

const options = { timeout: 20 * 60_000, maxBuffer: 16 * 1024 * 1024 }

async function hasUv(): Promise<boolean> {
  return run('uv', ['--version'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  )
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function lastLineOf(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : ''
  const text = said.trim() === '' ? (error instanceof Error ? error.message : String(error)) : said
  const lines = text.trim().split('\n')
  return (lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').trim().slice(0, 300).replace(/\.$/, '')
}

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { JobEnd } from '../model/job.ts'
import type { Attempt } from './executor.ts'
import { createLocalExecutor } from './local-executor.ts'

async function anExecutor() {
  const folder = await temporaryFolder()
  const root = join(folder, 'jobs')
  const executor = createLocalExecutor({ root, graceMs: 50, idleMs: 50 })
  onTestFinished(() => executor.close())
  const log: string[] = []
  const progress: unknown[] = []
  const launch = async (code: string, change: Partial<Attempt> = {}) => {
    const path = join(folder, `entry-${Math.random()}.mjs`)
    await writeFile(path, `export default async (input, context) => { ${code} }`)
    const attempt: Attempt = {
      workspace: 'default',
      id: 'job_1',
      attempt: 1,
      fence: 'fence-of-the-first',
      entryUrl: pathToFileURL(path).href,
      input: { n: 20 },
      timeoutMs: null,
      env: { MILLRACE_TOKEN: 'mlr_x' },
      ...change,
    }
    const running = Promise.withResolvers<void>()
    const signs = {
      running: () => running.resolve(),
      log: (stream: string, chunk: Uint8Array | string) => void log.push(`${stream} ${String(chunk)}`),
      progress: (fraction: number, text: string) => void progress.push({ fraction, text }),
    }
    return { ...executor.run(attempt, signs), started: running.promise }
  }
  const end = async (code: string, change?: Partial<Attempt>): Promise<JobEnd> => (await launch(code, change)).ended
  return { executor, root, folder, log, progress, launch, end }
}

/** A process that has ended and waits for its parent does not count as alive. */
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('a local attempt', () => {
  it('answers what its entry answers, and its output and progress are heard', async () => {
    const { end, log, progress } = await anExecutor()
    const code = 'console.log("hello"); console.error("oh"); context.progress(0.5, "half"); return { n: input.n + 1 }'
    expect(await end(code)).toEqual({ state: 'succeeded', exitCode: 0, reason: null, answer: { n: 21 } })
    expect(log.toSorted()).toEqual(['err oh\n', 'out hello\n'])
    expect(progress).toEqual([{ fraction: 0.5, text: 'half' }])
  })

  it('sees nothing of the server’s environment, and works in an empty folder of its own', async () => {
    const { end, root } = await anExecutor()
    const code =
      'const { readdirSync } = await import("node:fs"); return { env: process.env, cwd: process.cwd(), files: readdirSync(".") }'
    const { answer } = await end(code)
    const cwd = join(root, 'job_1-fence-of-the', 'work')
    expect(answer).toEqual({ env: { PATH: process.env['PATH'], HOME: cwd, MILLRACE_TOKEN: 'mlr_x' }, cwd, files: [] })
  })

  it.each([
    ['throw new Error("bad rows")', { state: 'failed', exitCode: 1, reason: 'Error: bad rows' }],
    [
      'setTimeout(() => { throw new Error("later") }); await new Promise(() => {})',
      { state: 'failed', reason: 'Error: later' },
    ],
    ['process.exit(3)', { state: 'failed', exitCode: 3, reason: 'The process ended with exit code 3.' }],
    ['process.exit(0)', { state: 'failed', exitCode: 0, reason: 'The process ended before the work had a result.' }],
    ['process.kill(process.pid, "SIGKILL")', { state: 'crashed', reason: 'Its process was ended by SIGKILL.' }],
    ['return { big: 1n }', { state: 'failed', reason: 'TypeError: Do not know how to serialize a BigInt' }],
  ])('says what became of: %s', async (code, expected) => {
    const { end } = await anExecutor()
    expect(await end(code)).toMatchObject(expected)
  })

  it('fails with a sentence when its entry cannot be imported', async () => {
    const { end } = await anExecutor()
    const { state, reason } = await end('', { entryUrl: 'file:///nowhere/entry.mjs' })
    expect(state).toBe('failed')
    expect(reason).toContain('Cannot find module')
  })

  it('is ended when its time is over, also when it does not want to', async () => {
    const { end } = await anExecutor()
    const stubborn = 'process.on("SIGTERM", () => {}); for (;;) await new Promise((r) => setTimeout(r, 5))'
    expect(await end(stubborn, { timeoutMs: 200 })).toMatchObject({
      state: 'timed_out',
      reason: 'It ran longer than 200 ms.',
    })
    expect(await end('for (;;);', { timeoutMs: 200 })).toMatchObject({ state: 'timed_out' })
  })

  it('is stopped together with what it has started', async () => {
    const { launch, folder } = await anExecutor()
    const note = join(folder, 'pid')
    const attempt = await launch(
      `const { spawn } = await import("node:child_process"); const { writeFileSync } = await import("node:fs")
       const child = spawn("sleep", ["60"], { stdio: "ignore" }); writeFileSync(${JSON.stringify(note)}, String(child.pid)); await new Promise(() => setInterval(() => {}, 1000))`,
    )
    const pid = await vi.waitFor(async () => {
      const found = Number(await readFile(note, 'utf8'))
      expect(found).toBeGreaterThan(0)
      return found
    })
    attempt.stop('cancelled', 'enough')
    expect(await attempt.ended).toMatchObject({ state: 'cancelled', reason: 'enough' })
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false))
  })
})

describe('a server that is killed', () => {
  /** Starts a server of three lines that runs one job, kills it once the job has written its process id, and gives that id. */
  async function killedServer(root: string, folder: string, code: string): Promise<number> {
    const note = join(folder, 'pid')
    const entry = join(folder, 'entry.mjs')
    const executorUrl = new URL('./local-executor.ts', import.meta.url).href
    await writeFile(
      entry,
      `import { writeFileSync } from 'node:fs'; export default async () => { writeFileSync(${JSON.stringify(note)}, String(process.pid)); ${code} }`,
    )
    await writeFile(
      join(folder, 'server.mjs'),
      `import { createLocalExecutor } from ${JSON.stringify(executorUrl)}
       const executor = createLocalExecutor({ root: ${JSON.stringify(root)} })
       executor.run({ workspace: 'default', id: 'job_1', attempt: 1, fence: 'f1', entryUrl: ${JSON.stringify(pathToFileURL(entry).href)}, input: null, timeoutMs: null, env: {} },
         { running() {}, log() {}, progress() {} })
       setInterval(() => {}, 1000)`,
    )
    const server = spawn(process.execPath, [join(folder, 'server.mjs')], { stdio: 'ignore' })
    const pid = await vi.waitFor(
      async () => {
        const found = Number(await readFile(note, 'utf8'))
        expect(found).toBeGreaterThan(0)
        return found
      },
      { timeout: 10_000 },
    )
    server.kill('SIGKILL')
    return pid
  }

  it('takes its jobs along, also one that keeps its thread busy', async () => {
    const { root, folder } = await anExecutor()
    const pid = await killedServer(root, folder, 'for (;;);')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 })
  })

  it('leaves no result behind where there was none, and no folder', async () => {
    const { executor, root, folder } = await anExecutor()
    await killedServer(root, folder, 'await new Promise(() => setInterval(() => {}, 1000))')
    expect(await executor.recover()).toEqual([])
    expect((await readdir(root)).filter((name) => !name.startsWith('.'))).toEqual([])
  })

  it('leaves a result that was laid down, which the next one finds', async () => {
    const { executor, root } = await anExecutor()
    await mkdir(join(root, 'job_1-f1'), { recursive: true })
    const noted = { workspace: 'default', id: 'job_1', fence: 'f1', pid: 999_999_999 }
    await writeFile(join(root, 'job_1-f1', 'attempt.json'), JSON.stringify(noted))
    await writeFile(join(root, 'job_1-f1', 'result.json'), JSON.stringify({ type: 'done', answer: { n: 7 } }))
    expect(await executor.recover()).toEqual([
      {
        workspace: 'default',
        id: 'job_1',
        fence: 'f1',
        end: { state: 'succeeded', exitCode: 0, reason: null, answer: { n: 7 } },
      },
    ])
    await executor.forget({ id: 'job_1', fence: 'f1' })
    expect((await readdir(root)).filter((name) => !name.startsWith('.'))).toEqual([])
  })
})

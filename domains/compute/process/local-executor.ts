import { mkdirSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { JobEnd } from '../model/job.ts'
import type { Attempt, AttemptSigns, Executor, RunningAttempt } from './executor.ts'
import { endOfResult, recoverFolders } from './job-folders.ts'
import type { ProcessEnd } from './job-process.ts'
import { JobProcess } from './job-process.ts'
import { Reaper } from './reaper.ts'

export interface LocalExecutorOptions {
  /** Where jobs work: outside the data directory. Whatever lies in it belongs to this executor. */
  readonly root: string
  /** Cores for jobs; default all. */
  readonly cpu?: number | undefined
  /** Processes kept ready while work goes on; default 1. They end when nothing ran for `idleMs`. */
  readonly spares?: number
  readonly idleMs?: number
  /** How long a job may take to end in good order before it is killed; default 3 s. */
  readonly graceMs?: number
  /** False where no job calls the server; default true. */
  readonly callsServer?: boolean
}

/** Runs attempts as child processes of this server, one fresh process each. */
export function createLocalExecutor(options: LocalExecutorOptions): Executor {
  mkdirSync(options.root, { recursive: true })
  const reaper = new Reaper()
  const pool = new SparePool(options.root, reaper, options.spares ?? 1, options.idleMs ?? 15_000)
  const running = new Set<JobProcess>()
  return {
    name: 'local',
    callsServer: options.callsServer ?? true,
    capacity: {
      cpu: options.cpu ?? availableParallelism(),
      memoryMb: Math.floor((totalmem() / 1024 / 1024) * 0.8),
    },
    run: (attempt, signs) => runAttempt({ options, pool, running }, attempt, signs),
    recover: () => recoverFolders(options.root),
    forget: ({ id, fence }) => rm(folderOf(options.root, id, fence), { recursive: true, force: true }),
    close: async () => {
      pool.close()
      for (const child of running) child.kill('SIGKILL')
      await Promise.all([...running].map((child) => child.ended))
      reaper.close()
      await rm(options.root, { recursive: true, force: true })
    },
  }
}

interface Parts {
  readonly options: LocalExecutorOptions
  readonly pool: SparePool
  readonly running: Set<JobProcess>
}

type Stopped = { readonly state: 'cancelled' | 'crashed' | 'timed_out'; readonly reason: string }

function runAttempt(parts: Parts, attempt: Attempt, signs: AttemptSigns): RunningAttempt {
  const { options, pool, running } = parts
  const child = pool.take(attempt.entryUrl)
  running.add(child)
  let stopped: Stopped | undefined
  let killTimer: NodeJS.Timeout | undefined
  const stop = (how: Stopped) => {
    if (stopped !== undefined || !child.alive) return
    stopped = how
    child.kill('SIGTERM')
    killTimer = setTimeout(() => child.kill('SIGKILL'), options.graceMs ?? 3000)
  }
  const { timeoutMs } = attempt
  const timeout =
    timeoutMs === null
      ? undefined
      : setTimeout(() => stop({ state: 'timed_out', reason: `It ran longer than ${timeoutMs} ms.` }), timeoutMs)
  const ended = begin(options.root, child, attempt, signs).then((end) => {
    clearTimeout(killTimer)
    clearTimeout(timeout)
    running.delete(child)
    pool.noteEnd()
    return judge(end, stopped)
  })
  return { ended, stop: (state, reason) => stop({ state, reason }) }
}

async function begin(root: string, child: JobProcess, attempt: Attempt, signs: AttemptSigns): Promise<ProcessEnd> {
  const folder = folderOf(root, attempt.id, attempt.fence)
  const workDir = join(folder, 'work')
  try {
    await mkdir(workDir, { recursive: true })
    const { workspace, id, fence } = attempt
    await writeFile(join(folder, 'attempt.json'), JSON.stringify({ workspace, id, fence, pid: child.pid }))
  } catch (error) {
    child.kill('SIGKILL')
    await child.ended
    signs.log('system', `The work folder could not be made: ${String(error)}\n`)
    return { exitCode: null, signal: 'none', result: undefined }
  }
  const { entryUrl, input, env } = attempt
  child.run(
    { entryUrl, input, workDir, resultPath: join(folder, 'result.json'), env: { ...env, HOME: workDir } },
    signs,
  )
  return child.ended
}

/** What an exit means: its own word counts, then who stopped it; a signal from elsewhere is the infrastructure's doing. */
function judge(end: ProcessEnd, stopped: Stopped | undefined): JobEnd {
  const { exitCode, signal, result } = end
  if (result?.type === 'done') return endOfResult(result)
  if (stopped !== undefined) return { ...stopped, exitCode }
  if (result !== undefined) return endOfResult(result)
  if (signal !== null) {
    const reason = signal === 'none' ? 'Its process could not be started.' : `Its process was ended by ${signal}.`
    return { state: 'crashed', exitCode, reason }
  }
  if (exitCode === 0) return { state: 'failed', exitCode, reason: 'The process ended before the work had a result.' }
  return { state: 'failed', exitCode, reason: `The process ended with exit code ${exitCode}.` }
}

function folderOf(root: string, id: string, fence: string): string {
  return join(root, `${id}-${fence.slice(0, 12)}`)
}

/**
 * Processes that have started and wait for work, so that a job need not wait for Node. None is made before the first
 * job, and all end when nothing has run for a while.
 */
class SparePool {
  readonly #root: string
  readonly #reaper: Reaper
  readonly #size: number
  readonly #idleMs: number
  #spares: JobProcess[] = []
  #idle: NodeJS.Timeout | undefined
  #closed = false

  constructor(root: string, reaper: Reaper, size: number, idleMs: number) {
    this.#root = root
    this.#reaper = reaper
    this.#size = size
    this.#idleMs = idleMs
  }

  take(entryUrl: string): JobProcess {
    clearTimeout(this.#idle)
    const taken = this.#spares.shift()
    const process = taken?.alive === true ? taken : new JobProcess(this.#root, this.#reaper)
    while (!this.#closed && this.#spares.length < this.#size) {
      const spare = new JobProcess(this.#root, this.#reaper)
      spare.prepare(entryUrl)
      this.#spares.push(spare)
    }
    return process
  }

  noteEnd(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#endSpares(), this.#idleMs).unref()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#idle)
    this.#endSpares()
  }

  #endSpares(): void {
    for (const spare of this.#spares) spare.kill('SIGKILL')
    this.#spares = []
  }
}

import { execFile } from 'node:child_process'
import { freemem, totalmem } from 'node:os'
import { relative } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The git commit and entry point of this process, as far as they can be told. */
export async function codeOfProcess(): Promise<object | undefined> {
  const git = async (...args: string[]) => (await run('git', args, { timeout: 2000 })).stdout.trim()
  const entry = process.argv[1]
  try {
    const [gitCommit, root, branch, status] = await Promise.all([
      git('rev-parse', 'HEAD'),
      git('rev-parse', '--show-toplevel'),
      git('rev-parse', '--abbrev-ref', 'HEAD'),
      git('status', '--porcelain', '--untracked-files=no'),
    ])
    const entryPoint = entry === undefined ? undefined : relative(root, entry)
    return { gitCommit, gitBranch: branch, dirty: status !== '', ...(entryPoint === undefined ? {} : { entryPoint }) }
  } catch {
    return entry === undefined ? undefined : { entryPoint: entry } // no git, or no repository
  }
}

interface Watched {
  /** Takes samples of the machine. */
  readonly sample: (metrics: Readonly<Record<string, number>>, step: number) => void
  readonly saveNow: () => void
}

const mebibyte = 2 ** 20

/** Logs what the process uses, under MLflow's names, and saves what was not sent when the process ends. Returns what ends it. */
export function watchProcess(watched: Watched, seconds: number | false): () => void {
  const save = () => watched.saveNow()
  process.once('exit', save)
  let before = { cpu: process.cpuUsage(), atMs: performance.now() }
  let step = 0
  const sample = () => {
    const { user, system } = process.cpuUsage(before.cpu)
    const tookMs = performance.now() - before.atMs
    before = { cpu: process.cpuUsage(), atMs: performance.now() }
    const usedBytes = totalmem() - freemem()
    const metrics = {
      'system/cpu_utilization_percentage': (user + system) / 10 / tookMs,
      'system/process_memory_megabytes': process.memoryUsage.rss() / mebibyte,
      'system/system_memory_usage_megabytes': usedBytes / mebibyte,
      'system/system_memory_usage_percentage': (usedBytes / totalmem()) * 100,
    }
    watched.sample(metrics, step)
    step += 1
  }
  const timer = seconds === false ? undefined : setInterval(sample, seconds * 1000)
  timer?.unref()
  return () => {
    clearInterval(timer)
    process.off('exit', save)
  }
}

import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import type { FromJob, JobEntry, JobResult, ToJob } from './job-messages.ts'

// The process of one job. It waits for its work, does it, lays down the result, tells it, and ends.

// Node's cache of compiled code is ours; what a job starts shall not see it.
delete process.env['NODE_COMPILE_CACHE']
// The reaper ends a process whose thread is busy; this one goes at once.
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'))
process.on('message', (message) => void hear(message as ToJob)) // the server sends nothing else

async function hear(message: ToJob): Promise<void> {
  if (message.type === 'run') await run(message)
  // A module that cannot be imported says so when it is to run.
  else await import(message.entryUrl).catch(() => {})
}

async function run(job: ToJob & { type: 'run' }): Promise<void> {
  Object.assign(process.env, job.env)
  process.chdir(job.workDir)
  let told = false
  const tell = (result: string) => {
    if (told) return
    told = true
    finish(job.resultPath, result)
  }
  const fail = (error: unknown) => {
    console.error(error)
    tell(JSON.stringify({ type: 'failed', reason: reasonOf(error) } satisfies JobResult))
  }
  // What user code throws outside its promise chain fails the job with a sentence, not with a bare exit code.
  process.on('uncaughtException', fail)
  try {
    const module = (await import(job.entryUrl)) as { default: JobEntry } // entries are registered by our own domains
    say({ type: 'running' })
    const answer = await module.default(job.input, {
      workDir: job.workDir,
      progress: (fraction, text = '') => say({ type: 'progress', fraction: Math.min(1, Math.max(0, fraction)), text }),
    })
    tell(JSON.stringify({ type: 'done', answer: answer ?? null } satisfies JobResult))
  } catch (error) {
    fail(error)
  }
}

function finish(resultPath: string, result: string): void {
  try {
    writeWhole(resultPath, result)
  } catch (error) {
    // The server still hears it; only a server that dies this very moment would run the job again.
    console.error(error)
  }
  process.send?.(JSON.parse(result), () => process.exit(0))
}

function say(message: FromJob): void {
  process.send?.(message)
}

/** The file appears whole or not at all, and survives a power cut. */
function writeWhole(path: string, text: string): void {
  const file = openSync(`${path}.part`, 'w')
  writeSync(file, text)
  fsyncSync(file)
  closeSync(file)
  renameSync(`${path}.part`, path)
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.length > 4000 ? `${text.slice(0, 4000)}…` : text
}

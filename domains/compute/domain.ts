import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Domain, Runtime } from '@millrace/kernel'
import { cancelJob } from './actions/cancel-job.ts'
import { readCodeVersion, recordCodeVersion } from './actions/code-versions.ts'
import { codeVersionNode, jobNode } from './actions/describe-nodes.ts'
import { putQueue } from './actions/put-queue.ts'
import { listJobs, readJob } from './actions/read-jobs.ts'
import { listQueues, readQueue } from './actions/read-queues.ts'
import { readJobLogs } from './contract.ts'
import { routeJobLogs } from './http/job-logs.ts'
import type { Executor } from './process/executor.ts'
import type { IssueJobToken } from './process/job-controller.ts'
import { JobController } from './process/job-controller.ts'
import { createLocalExecutor } from './process/local-executor.ts'
import * as createTables from './store/migrations/0001-create-compute.ts'

export { cancelJob } from './actions/cancel-job.ts'
export { codeVersionId, readCodeVersion, recordCodeVersion } from './actions/code-versions.ts'
export { readJob, readOutcome } from './actions/read-jobs.ts'
export { submitJob } from './actions/submit-job.ts'
export { sendJobLog } from './http/job-logs.ts'
export type { LogQuestion } from './http/job-logs.ts'
export type { Attempt, AttemptSigns, Executor, FoundEnd, RunningAttempt } from './process/executor.ts'
export type { IssueJobToken } from './process/job-controller.ts'
export type { JobContext, JobEntry } from './process/job-messages.ts'
export { createLocalExecutor } from './process/local-executor.ts'
export type { JobEnd } from './model/job.ts'

/** What compute is made with. */
export interface ComputeDeps {
  /** Access's door for the tokens that jobs call the server with. */
  readonly issueJobToken: IssueJobToken
  /** Where attempts run; default child processes of this server. */
  readonly executor?: Executor
}

/** Compute: the manifest, and the door by which later domains say what their jobs do. */
export interface Compute extends Domain {
  /**
   * Names a module that jobs run: `submitJob({ entry: name, input })` imports it in the job's process and calls its
   * default export (a `JobEntry`). Call it when the domain is made, before the start.
   */
  registerEntry(name: string, moduleUrl: URL): void
}

/** Compute: where work runs, from which code, with which resources. */
export function createCompute(runtime: Runtime, deps: ComputeDeps): Compute {
  const entries = new Map<string, URL>()
  const controller = () =>
    new JobController({
      runtime,
      executor: deps.executor ?? localExecutor(runtime),
      issueJobToken: deps.issueJobToken,
      entryUrl: (name) => entries.get(name)?.href,
    })
  let started: JobController | undefined
  return {
    name: 'compute',
    migrations: { '0001-create-compute': createTables },
    operations: [listJobs, readJob, cancelJob, putQueue, readQueue, listQueues, recordCodeVersion, readCodeVersion],
    nodeKinds: [jobNode, codeVersionNode],
    // A worker of another machine is known to be gone when its leases have run out.
    chores: [{ name: 'compute.recover-jobs', everyMs: 15_000, run: async () => started?.recover() }],
    documented: [readJobLogs],
    routes: (app) => routeJobLogs(app, runtime),
    start: async () => {
      started = controller()
      await started.start()
    },
    stop: async () => started?.stop(),
    registerEntry: (name, moduleUrl) => {
      entries.set(name, moduleUrl)
    },
  }
}

function localExecutor(runtime: Runtime): Executor {
  // One folder per data directory, found again after a restart.
  const name = createHash('sha256').update(resolve(runtime.dataDir)).digest('hex').slice(0, 16)
  return createLocalExecutor({ root: join(tmpdir(), `millrace-jobs-${name}`), cpu: runtime.config.jobSlots })
}

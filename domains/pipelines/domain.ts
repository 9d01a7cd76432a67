import type { Compute } from '@millrace/compute'
import { jobFinished, jobStarted } from '@millrace/compute/contract'
import type { Domain, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { cancelRun } from './actions/cancel-run.ts'
import { nodeKinds, runResource } from './actions/describe-nodes.ts'
import { noteStart } from './actions/note-start.ts'
import { putPipeline } from './actions/put-pipeline.ts'
import { listPipelines, listVersions, readPipeline } from './actions/read-pipelines.ts'
import { listAllRuns, listRuns, readRun } from './actions/read-runs.ts'
import { deleteSchedule, listSchedules, putSchedule, readSchedule } from './actions/schedules.ts'
import { settleStep } from './actions/settle-step.ts'
import { startRun } from './actions/start-run.ts'
import { stepEntry } from './actions/start-steps.ts'
import { routePipelineFiles } from './http/pipeline-files.ts'
import { routeStepLogs } from './http/step-logs.ts'
import { startTriggered } from './process/event-triggers.ts'
import { readStepLogs } from './contract.ts'
import type { ScheduleClock } from './process/schedule-clock.ts'
import { createScheduleClock } from './process/schedule-clock.ts'
import { isTriggering } from './store/declared.ts'
import * as createTables from './store/migrations/0001-create-pipelines.ts'

export { cancelRun } from './actions/cancel-run.ts'
export { putPipeline } from './actions/put-pipeline.ts'
export { readPipeline } from './actions/read-pipelines.ts'
export { readRun } from './actions/read-runs.ts'
export { startRun } from './actions/start-run.ts'

export interface PipelinesDeps {
  /** The compute domain of the same server: steps are its jobs. */
  readonly compute: Pick<Compute, 'registerEntry'>
}

/** Pipelines: the manifest, and the clock of its schedules. */
export interface Pipelines extends Domain {
  readonly clock: ScheduleClock
}

/** Pipelines: how work is repeated. Listens to compute's jobs, and to any event that a pipeline names as its trigger. */
export function createPipelines(runtime: Runtime, { compute }: PipelinesDeps): Pipelines {
  compute.registerEntry(stepEntry, new URL('./process/run-step.ts', import.meta.url))
  const clock = createScheduleClock(runtime)
  const contextOf = (workspace: string) => ({ workspace, actor: systemActor('pipelines') })
  return {
    name: 'pipelines',
    migrations: { '0001-create-pipelines': createTables },
    operations: [
      putPipeline,
      readPipeline,
      listPipelines,
      listVersions,
      startRun,
      listRuns,
      listAllRuns,
      readRun,
      cancelRun,
      putSchedule,
      readSchedule,
      listSchedules,
      deleteSchedule,
    ],
    listens: [
      // One listener for both, so that a job's start is never handled after its end.
      {
        name: 'follow-steps',
        eventName: 'compute.job.*',
        handle: async (event) => {
          const context = contextOf(event.workspace)
          if (event.name === jobStarted.eventName) {
            const { id: jobId, kind, attempt } = jobStarted.schema.parse(event.payload)
            if (kind === 'pipelines.step') await runtime.runner.act(noteStart, { jobId, attempt }, context)
          }
          if (event.name === jobFinished.eventName) {
            const { id: jobId, kind } = jobFinished.schema.parse(event.payload)
            if (kind === 'pipelines.step') await runtime.runner.act(settleStep, { jobId }, context)
          }
        },
      },
      {
        name: 'start-triggered',
        eventName: '*',
        wants: isTriggering,
        handle: (event) => startTriggered(runtime, event),
      },
    ],
    nodeKinds,
    resources: [runResource],
    documented: [readStepLogs],
    routes: (app) => {
      routePipelineFiles(app, runtime)
      routeStepLogs(app, runtime)
    },
    start: async () => clock.start(),
    stop: async () => clock.stop(),
    clock,
  }
}

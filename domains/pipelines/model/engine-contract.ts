import { Done, endpoint, id, Name, ref } from '@millrace/contract'
import { z } from 'zod'

// What the engine says to itself: these endpoints have no address of their own.

const JobId = z.object({ jobId: id('job') })
const onJob = (input: { jobId: string }) => ref('job', input.jobId)

export const noteStart = endpoint({
  name: 'pipelines.note-step-start',
  method: 'POST',
  path: '/in-process/steps/start',
  summary: 'Says that a step runs',
  needs: { permission: 'pipelines:administer', on: onJob },
  input: JobId.extend({ attempt: z.int() }),
  output: Done,
})

export const settleStep = endpoint({
  name: 'pipelines.settle-step',
  method: 'POST',
  path: '/in-process/steps/settle',
  summary: 'Takes what a step’s job brought, and goes on with the steps that waited for it',
  needs: { permission: 'pipelines:administer', on: onJob },
  input: JobId,
  output: Done,
})

export const fireSchedule = endpoint({
  name: 'pipelines.fire-schedule',
  method: 'POST',
  path: '/in-process/schedules/{name}/fire',
  summary: 'Starts the run that a schedule owes',
  needs: { permission: 'pipelines:administer' },
  input: z.object({ name: Name, dueAtMs: z.int() }),
  output: z.object({ started: z.boolean() }),
})

export const forgetFile = endpoint({
  name: 'pipelines.forget-file',
  method: 'POST',
  path: '/in-process/files/forget',
  summary: 'Takes results whose file is gone out of the cache',
  needs: { permission: 'pipelines:administer' },
  input: z.object({ digest: z.string() }),
  output: z.object({ forgotten: z.int() }),
})

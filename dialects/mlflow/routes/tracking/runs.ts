import { Problem } from '@millrace/contract'
import { createRun, deleteRun, deleteTag, readRun, restoreRun, updateRun } from '@millrace/experiment-tracking'
import type { RunStatus } from '@millrace/experiment-tracking/contract'
import { runInfo, runMessage } from '../../wire/entities.ts'
import { writeJson } from '../../wire/json.ts'
import { optionalInteger, optionalText, pairs, runId, text } from '../../wire/message.ts'
import { invalid } from '../../wire/mlflow-error.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { experimentRef } from './experiments.ts'
import { modelsOf } from './run-models.ts'

/** `runs/…`, but for what is logged, searched and linked. */
export const runRoutes: readonly Route[] = [
  route('POST', 'runs/create', create),
  route('GET', 'runs/get', async (call) => {
    const { runtime, context, message } = call
    const run = await runtime.runner.ask(readRun, { id: runId(message) }, context)
    return { run: runMessage(run, await modelsOf(call, run.id)) }
  }),
  route('POST', 'runs/update', update),
  route('POST', 'runs/delete', ({ runtime, context, message }) =>
    runtime.runner.act(deleteRun, { id: runId(message) }, context),
  ),
  route('POST', 'runs/restore', ({ runtime, context, message }) =>
    runtime.runner.act(restoreRun, { id: runId(message) }, context),
  ),
  route('POST', 'runs/delete-tag', ({ runtime, context, message }) =>
    runtime.runner.act(deleteTag, { id: runId(message), key: text(message, 'key') }, context),
  ),
]

async function create({ runtime, context, message }: Call) {
  const experimentId = optionalText(message, 'experiment_id')
  const startedAtMs = optionalInteger(message, 'start_time')
  const tags = pairs(message, 'tags')
  const name = nameOf(optionalText(message, 'run_name'), tags['mlflow.runName'])
  const code = codeOf(tags)
  const wish = {
    experiment: experimentRef(experimentId === undefined || experimentId === '' ? '0' : experimentId),
    tags: withUser(tags, optionalText(message, 'user_id')),
    ...(name === undefined ? {} : { name }),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(code === undefined ? {} : { code }),
  }
  const parent = tags['mlflow.parentRunId']
  const known = parent !== undefined && (await isRun({ runtime, context }, parent))
  const run = await runtime.runner.act(createRun, known ? { ...wish, parentRunId: parent } : wish, context)
  return { run: runMessage(run) }
}

/** True where the run is there; MLflow lets any text stand as the id of a parent. */
async function isRun({ runtime, context }: Pick<Call, 'runtime' | 'context'>, id: string): Promise<boolean> {
  try {
    await runtime.runner.ask(readRun, { id }, context)
    return true
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return false
    throw error
  }
}

/** The name by which the request calls the run, in one place or the other. Throws where it says two. */
function nameOf(field: string | undefined, tag: string | undefined): string | undefined {
  if (field === undefined || field === '') return tag
  if (tag === undefined || tag === '' || tag === field) return field
  throw invalid(
    `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${field}', mlflow.runName='${tag}').`,
  )
}

/** Who ran it is kept as the tag by which MLflow's own clients say it. */
function withUser(tags: Record<string, string>, user: string | undefined): Record<string, string> {
  const named = user !== undefined && user !== ''
  return named && tags['mlflow.user'] === undefined ? { ...tags, 'mlflow.user': user } : tags
}

/** What the client's tags say of the code. */
function codeOf(tags: Readonly<Record<string, string>>) {
  const gitCommit = tags['mlflow.source.git.commit']
  const entryPoint = tags['mlflow.source.name']
  if (gitCommit === undefined && entryPoint === undefined) return undefined
  const branch = tags['mlflow.source.git.branch']
  const repository = tags['mlflow.source.git.repoURL']
  return {
    ...(gitCommit === undefined ? {} : { gitCommit }),
    ...(branch === undefined ? {} : { gitBranch: branch }),
    ...(repository === undefined ? {} : { gitRepository: repository }),
    ...(entryPoint === undefined ? {} : { entryPoint }),
  }
}

const statuses: Readonly<Record<string, RunStatus>> = {
  RUNNING: 'running',
  SCHEDULED: 'scheduled',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'killed',
  '1': 'running',
  '2': 'scheduled',
  '3': 'finished',
  '4': 'failed',
  '5': 'killed',
}

async function update({ runtime, context, message }: Call) {
  const id = runId(message)
  const status = statusOf(message['status'])
  const name = optionalText(message, 'run_name')
  const endedAtMs = optionalInteger(message, 'end_time')
  const run = await runtime.runner.act(
    updateRun,
    {
      id,
      ...(status === undefined ? {} : { status }),
      ...(name === undefined || name === '' ? {} : { name }),
      ...(endedAtMs === undefined ? {} : { endedAtMs }),
    },
    context,
  )
  return { run_info: runInfo(run) }
}

/** A status by MLflow's name or number; undefined where none was sent. */
function statusOf(wanted: unknown): RunStatus | undefined {
  if (wanted === undefined || wanted === null) return undefined
  const status = typeof wanted === 'string' || typeof wanted === 'number' ? statuses[wanted] : undefined
  if (status !== undefined) return status
  throw invalid(
    `Invalid value ${writeJson(wanted)} for parameter 'status' supplied. Use RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.`,
  )
}

import {
  createRun,
  deleteRun,
  deleteTag,
  listLoggedModels,
  logInputs,
  readRun,
  restoreRun,
  searchRuns,
  updateRun,
} from '@millrace/experiment-tracking'
import type { RunStatus } from '@millrace/experiment-tracking/contract'
import { runInfo, runMessage } from '../wire/entities.ts'
import type { Message } from '../wire/message.ts'
import { inner, integer, messages, optionalInteger, optionalText, pairs, runId, text, texts } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'
import { pageToken } from '../wire/page-token.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { limitOf, viewOf } from './experiments.ts'

/** `runs/…`, but for what is logged. */
export const runRoutes: readonly Route[] = [
  route('POST', 'runs/create', create),
  route('GET', 'runs/get', async ({ runtime, context, message }) => {
    const run = await runtime.runner.ask(readRun, { id: runId(message) }, context)
    const { items } = await runtime.runner.ask(listLoggedModels, { runId: run.id }, context)
    return { run: runMessage(run, items) }
  }),
  route('POST', 'runs/update', update),
  route('POST', 'runs/search', search),
  route('POST', 'runs/delete', ({ runtime, context, message }) =>
    runtime.runner.act(deleteRun, { id: runId(message) }, context),
  ),
  route('POST', 'runs/restore', ({ runtime, context, message }) =>
    runtime.runner.act(restoreRun, { id: runId(message) }, context),
  ),
  route('POST', 'runs/delete-tag', ({ runtime, context, message }) =>
    runtime.runner.act(deleteTag, { id: runId(message), key: text(message, 'key') }, context),
  ),
  route('POST', 'runs/log-inputs', inputs),
  // A logged model names its run when it is made, so there is nothing to add; the models must be this run's.
  route('POST', 'runs/outputs', outputs),
]

async function create({ runtime, context, message }: Call) {
  const tags = pairs(message, 'tags')
  const experimentId = optionalText(message, 'experiment_id')
  const named = optionalText(message, 'run_name')
  const name = named === undefined || named === '' ? tags['mlflow.runName'] : named
  const startedAtMs = optionalInteger(message, 'start_time')
  const parent = tags['mlflow.parentRunId']
  const code = codeOf(tags)
  const run = await runtime.runner.act(
    createRun,
    {
      experiment: `#${experimentId === undefined || experimentId === '' ? '0' : experimentId}`,
      tags: withUser(tags, optionalText(message, 'user_id')),
      ...(name === undefined ? {} : { name }),
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
      ...(parent === undefined ? {} : { parentRunId: parent }),
      ...(code === undefined ? {} : { code }),
    },
    context,
  )
  return { run: runMessage(run) }
}

function withUser(tags: Record<string, string>, user: string | undefined): Record<string, string> {
  return user === undefined || user === '' || tags['mlflow.user'] !== undefined
    ? tags
    : { ...tags, 'mlflow.user': user }
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
  const status = statusOf(message['status'])
  const name = optionalText(message, 'run_name')
  const endedAtMs = optionalInteger(message, 'end_time')
  const run = await runtime.runner.act(
    updateRun,
    {
      id: runId(message),
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
    `Invalid value ${JSON.stringify(wanted)} for parameter 'status' supplied. Use RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.`,
  )
}

async function search({ runtime, context, message }: Call) {
  const { items, nextPageToken } = await runtime.runner.ask(
    searchRuns,
    {
      experiments: texts(message, 'experiment_ids').map((id) => `#${id}`),
      filter: optionalText(message, 'filter') ?? '',
      orderBy: texts(message, 'order_by'),
      view: viewOf(message, 'run_view_type'),
      limit: message['max_results'] === undefined ? 1000 : limitOf(message, 50_000),
      ...pageToken(optionalText(message, 'page_token')),
    },
    context,
  )
  const runs = items.map((run) => runMessage(run))
  return { runs: runs.length === 0 ? undefined : runs, next_page_token: nextPageToken }
}

async function inputs({ runtime, context, message }: Call) {
  const foreign = messages(message, 'datasets').map((input) => {
    const { name: _name, digest: _digest, ...details } = inner(input, 'dataset')
    const tags = pairs(input, 'tags')
    const { 'mlflow.data.context': context = '', ...others } = tags
    const rest = Object.entries(others).map(([key, value]) => ({ key, value }))
    return {
      name: text(inner(input, 'dataset'), 'name'),
      digest: text(inner(input, 'dataset'), 'digest'),
      context,
      details: { ...details, ...(rest.length === 0 ? {} : { tags: rest }) },
    }
  })
  return runtime.runner.act(logInputs, { id: runId(message), foreign }, context)
}

async function outputs({ runtime, context, message }: Call) {
  const run = await runtime.runner.ask(readRun, { id: runId(message) }, context)
  const { items } = await runtime.runner.ask(listLoggedModels, { runId: run.id, limit: 1000 }, context)
  const own = new Set<string>(items.map((model) => model.id))
  for (const model of messages(message, 'models')) checkOutput(model, own, run.id)
  return {}
}

function checkOutput(model: Message, own: ReadonlySet<string>, run: string): void {
  const id = text(model, 'model_id')
  integer(model, 'step')
  if (!own.has(id)) throw invalid(`The logged model ${id} was not made by the run ${run}.`)
}

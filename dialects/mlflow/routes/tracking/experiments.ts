import {
  artifactBase,
  deleteExperiment,
  putExperiment,
  readExperiment,
  renameExperiment,
  restoreExperiment,
  searchExperiments,
  searchInputs,
  tagExperiment,
} from '@millrace/experiment-tracking'
import { artifactLocation } from '../../wire/artifact-location.ts'
import { experimentMessage } from '../../wire/entities.ts'
import type { Message } from '../../wire/message.ts'
import { optionalInteger, optionalText, pairs, text, texts, wrong } from '../../wire/message.ts'
import { invalid, MlflowError } from '../../wire/mlflow-error.ts'
import { usableName, within } from '../../wire/names.ts'
import { pageToken } from '../../wire/page-token.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'

/** `experiments/…` */
export const experimentRoutes: readonly Route[] = [
  route('POST', 'experiments/create', create),
  route('GET', 'experiments/get', async (call) => ({ experiment: experimentMessage(await byId(call)) })),
  route('GET', 'experiments/get-by-name', async ({ runtime, context, message }) => {
    const name = text(message, 'experiment_name')
    return { experiment: experimentMessage(await runtime.runner.ask(readExperiment, { name }, context)) }
  }),
  route('POST', 'experiments/search', search),
  route('GET', 'experiments/search', search),
  route('POST', 'experiments/update', async ({ runtime, context, message }) => {
    const id = idOf(message)
    const newName = within(text(message, 'new_name'), 'name', 500)
    const { deleted } = await runtime.runner.ask(readExperiment, { name: id }, context)
    if (deleted) throw invalid('Cannot rename a non-active experiment.')
    await runtime.runner.act(renameExperiment, { name: id, newName }, context)
    return {}
  }),
  route('POST', 'experiments/delete', async (call) => {
    await inState(call, false)
    return call.runtime.runner.act(deleteExperiment, { name: idOf(call.message) }, call.context)
  }),
  route('POST', 'experiments/restore', async (call) => {
    await inState(call, true)
    return call.runtime.runner.act(restoreExperiment, { name: idOf(call.message) }, call.context)
  }),
  route('POST', 'experiments/set-experiment-tag', async ({ runtime, context, message }) => {
    const name = idOf(message)
    await runtime.runner.act(tagExperiment, { name, tags: { [tagKey(message)]: tagValue(message) } }, context)
    return {}
  }),
  route('POST', 'experiments/delete-experiment-tag', async ({ runtime, context, message }) => {
    const name = idOf(message)
    await runtime.runner.act(tagExperiment, { name, tags: { [text(message, 'key')]: null } }, context)
    return {}
  }),
  route('POST', 'experiments/search-datasets', searchDatasets),
]

/** The addresses of `experiments/search-datasets` as MLflow's service definition has them: it lacks a slash. */
export const slashlessPaths = [
  '/api/2.0mlflow/experiments/search-datasets',
  '/ajax-api/2.0mlflow/experiments/search-datasets',
]

async function create({ runtime, context, message }: Call) {
  const name = within(text(message, 'name'), 'name', 500)
  const location = optionalText(message, 'artifact_location')
  const tags = pairs(message, 'tags')
  for (const [key, value] of Object.entries(tags)) {
    within(usableName(key), 'key', 250)
    within(value, 'value', 5000)
  }
  const artifactRoot =
    location === undefined || location === ''
      ? { artifactBase: artifactBase(runtime.config) }
      : { artifactRoot: artifactLocation(location) }
  const experiment = await runtime.runner.act(putExperiment, { name, tags, onlyNew: true, ...artifactRoot }, context)
  return { experiment_id: experiment.id }
}

function byId({ runtime, context, message }: Call) {
  return runtime.runner.ask(readExperiment, { name: idOf(message) }, context)
}

/** MLflow does not find an experiment to delete that is deleted, nor one to restore that is not. */
async function inState(call: Call, deleted: boolean): Promise<void> {
  const experiment = await byId(call)
  if (experiment.deleted !== deleted)
    throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${experiment.id} exists`)
}

/** The experiment a request names, in our words: `#7`. */
function idOf(message: Message): string {
  return experimentRef(text(message, 'experiment_id'))
}

/** An experiment by MLflow's id, in our words: `#7`. Throws MLflow's sentence for what is no number. */
export function experimentRef(id: string): string {
  if (!/^\d{1,15}$/.test(id))
    throw invalid(`Invalid experiment ID '${id.slice(0, 100)}'. Experiment ID must be a valid integer.`)
  return `#${id}`
}

function tagKey(message: Message): string {
  return within(usableName(text(message, 'key')), 'key', 250)
}

function tagValue(message: Message): string {
  return within(optionalText(message, 'value') ?? '', 'value', 5000)
}

const views: Readonly<Record<string, 'active' | 'deleted' | 'all'>> = {
  ACTIVE_ONLY: 'active',
  DELETED_ONLY: 'deleted',
  ALL: 'all',
  '1': 'active',
  '2': 'deleted',
  '3': 'all',
}

/** Which of them: active unless said otherwise. Throws for a word that MLflow does not have either. */
export function viewOf(message: Message, name: string): 'active' | 'deleted' | 'all' {
  const value = message[name]
  if (value === undefined || value === null || value === '') return 'active'
  const view = typeof value === 'string' || typeof value === 'number' ? views[value] : undefined
  if (view === undefined) throw wrong(name, value)
  return view
}

/** How many: at least one, at most MLflow's own limit. */
export function limitOf(message: Message, most: number): number {
  const value = optionalInteger(message, 'max_results') ?? 0
  if (value < 1)
    throw invalid(`Invalid value ${value} for parameter 'max_results' supplied. It must be a positive integer`)
  if (value > most)
    throw invalid(`Invalid value ${value} for parameter 'max_results' supplied. It must be at most ${most}`)
  return value
}

async function search({ runtime, context, message }: Call) {
  const { items, nextPageToken } = await runtime.runner.ask(
    searchExperiments,
    {
      limit: limitOf(message, 50_000),
      filter: optionalText(message, 'filter') ?? '',
      orderBy: texts(message, 'order_by'),
      view: viewOf(message, 'view_type'),
      ...pageToken(optionalText(message, 'page_token')),
    },
    context,
  )
  const experiments = items.map(experimentMessage)
  return { experiments: experiments.length === 0 ? undefined : experiments, next_page_token: nextPageToken }
}

const mostExperiments = 20

/** The data that runs of experiments used. */
export async function searchDatasets({ runtime, context, message }: Call) {
  const ids = texts(message, 'experiment_ids')
  if (ids.length === 0) throw invalid('SearchDatasets request must specify at least one experiment_id.')
  if (ids.length > mostExperiments) {
    throw invalid(
      `SearchDatasets request cannot specify more than ${mostExperiments} experiment_ids. Received ${ids.length} experiment_ids.`,
    )
  }
  const { items } = await runtime.runner.ask(searchInputs, { experiments: ids.map(experimentRef) }, context)
  const summaries = items.map(({ experimentId, name, digest, context: used }) => {
    return { experiment_id: experimentId, name, digest, context: used === '' ? undefined : used }
  })
  return { dataset_summaries: summaries.length === 0 ? undefined : summaries }
}

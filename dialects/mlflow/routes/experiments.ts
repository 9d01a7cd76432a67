import {
  deleteExperiment,
  putExperiment,
  readExperiment,
  renameExperiment,
  restoreExperiment,
  searchExperiments,
  tagExperiment,
} from '@millrace/experiment-tracking'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { experimentMessage } from '../wire/entities.ts'
import type { Message } from '../wire/message.ts'
import { integer, optionalText, pairs, text, texts } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'
import { pageToken } from '../wire/page-token.ts'

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
  route('POST', 'experiments/update', async (call) => {
    const { runtime, context, message } = call
    const newName = optionalText(message, 'new_name')
    if (newName !== undefined) await runtime.runner.act(renameExperiment, { name: idOf(message), newName }, context)
    return {}
  }),
  route('POST', 'experiments/delete', ({ runtime, context, message }) =>
    runtime.runner.act(deleteExperiment, { name: idOf(message) }, context),
  ),
  route('POST', 'experiments/restore', ({ runtime, context, message }) =>
    runtime.runner.act(restoreExperiment, { name: idOf(message) }, context),
  ),
  route('POST', 'experiments/set-experiment-tag', async ({ runtime, context, message }) => {
    const tags = { [text(message, 'key')]: optionalText(message, 'value') ?? '' }
    await runtime.runner.act(tagExperiment, { name: idOf(message), tags }, context)
    return {}
  }),
  route('POST', 'experiments/delete-experiment-tag', async ({ runtime, context, message }) => {
    await runtime.runner.act(tagExperiment, { name: idOf(message), tags: { [text(message, 'key')]: null } }, context)
    return {}
  }),
]

async function create({ runtime, context, message }: Call) {
  const name = text(message, 'name')
  const location = optionalText(message, 'artifact_location')
  const base = runtime.config.defaultArtifactRoot
  const artifactBase = base === undefined ? {} : { artifactBase: base }
  const artifactRoot = location === undefined || location === '' ? artifactBase : { artifactRoot: location }
  const experiment = await runtime.runner.act(
    putExperiment,
    { name, tags: pairs(message, 'tags'), onlyNew: true, ...artifactRoot },
    context,
  )
  return { experiment_id: experiment.id }
}

function byId({ runtime, context, message }: Call) {
  return runtime.runner.ask(readExperiment, { name: idOf(message) }, context)
}

/** The experiment a request names, in our words: `#7`. */
function idOf(message: Message): string {
  const id = text(message, 'experiment_id')
  if (!/^\d{1,15}$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`)
  return `#${id}`
}

const views = { ACTIVE_ONLY: 'active', DELETED_ONLY: 'deleted', ALL: 'all' } as const

/** Which of them: active unless said otherwise. Throws for a word that MLflow does not have either. */
export function viewOf(message: Message, name: string): 'active' | 'deleted' | 'all' {
  const value = optionalText(message, name)
  if (value === undefined || value === '') return 'active'
  if (!Object.hasOwn(views, value))
    throw invalid(`Invalid value "${value}" for parameter '${name}' supplied. Use ACTIVE_ONLY, DELETED_ONLY or ALL.`)
  return views[value as keyof typeof views] // it is one of them
}

/** How many: at least one, at most MLflow's own limit. */
export function limitOf(message: Message, most: number): number {
  const value = integer(message, 'max_results')
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

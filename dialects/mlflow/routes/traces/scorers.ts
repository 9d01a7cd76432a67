import { deleteScorer, listScorers, listScorerSampling, registerScorer, sampleScorer } from '@millrace/traces'
import type { Sampling, ScorerVersion } from '@millrace/traces/contract'
import type { z } from 'zod'
import { float, missing, optionalInteger, optionalText, text, texts } from '../../wire/message.ts'
import { invalid, MlflowError } from '../../wire/mlflow-error.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { experimentNumber } from './traces.ts'

const since = 3

/** `scorers/…` */
export const scorerRoutes: readonly Route[] = [
  route('POST', 'scorers/register', register, { since }),
  route('GET', 'scorers/list', list, { since }),
  route('GET', 'scorers/versions', async (call) => ({ scorers: (await versions(call)).map(scorerMessage) }), { since }),
  route('GET', 'scorers/get', get, { since }),
  route('DELETE', 'scorers/delete', remove, { since }),
  route('GET', 'scorers/online-configs', samplings, { since }),
  route('PUT', 'scorers/online-config', sample, { since }),
]

function scorerMessage(scorer: ScorerVersion) {
  return {
    experiment_id: Number(scorer.experimentId),
    scorer_name: scorer.name,
    scorer_version: scorer.version,
    serialized_scorer: scorer.serialized,
    creation_time: scorer.createdAtMs,
    scorer_id: scorer.scorerId,
  }
}

async function register({ runtime, context, message }: Call) {
  const experimentId = experimentNumber(text(message, 'experiment_id'))
  const input = { experimentId, name: text(message, 'name'), serialized: text(message, 'serialized_scorer') }
  const scorer = await runtime.runner.act(registerScorer, input, context)
  return {
    version: scorer.version,
    scorer_id: scorer.scorerId,
    experiment_id: scorer.experimentId,
    name: scorer.name,
    serialized_scorer: scorer.serialized,
    creation_time: scorer.createdAtMs,
  }
}

async function list({ runtime, context, message }: Call) {
  const one = optionalText(message, 'experiment_id')
  const several = texts(message, 'experiment_ids')
  if (one !== undefined && one !== '' && several.length > 0)
    throw invalid(
      "Cannot specify both 'experiment_id' and 'experiment_ids'. Use 'experiment_ids' to scope the query to multiple experiments, or 'experiment_id' to scope it to a single experiment.",
    )
  const ids = one === undefined || one === '' ? several : [one]
  const { items } = await runtime.runner.ask(
    listScorers,
    ids.length === 0 ? {} : { experimentId: ids.map(experimentNumber) },
    context,
  )
  return { scorers: items.length === 0 ? undefined : items.map(scorerMessage) }
}

async function versions({ runtime, context, message }: Call): Promise<ScorerVersion[]> {
  const experimentId = experimentNumber(text(message, 'experiment_id'))
  const { items } = await runtime.runner.ask(listScorers, { experimentId, name: text(message, 'name') }, context)
  return items
}

async function get(call: Call) {
  const found = await versions(call)
  const wanted = optionalInteger(call.message, 'version')
  const scorer = wanted === undefined ? found.at(-1) : found.find(({ version }) => version === wanted)
  if (scorer !== undefined) return { scorer: scorerMessage(scorer) }
  const { message } = call
  throw new MlflowError(
    'RESOURCE_DOES_NOT_EXIST',
    `Scorer with name '${text(message, 'name')}' and version ${wanted} not found for experiment ${text(message, 'experiment_id')}.`,
  )
}

async function remove({ runtime, context, message }: Call) {
  const version = optionalInteger(message, 'version')
  const experimentId = experimentNumber(text(message, 'experiment_id'))
  const input = { experimentId, name: text(message, 'name'), ...(version === undefined ? {} : { version }) }
  await runtime.runner.act(deleteScorer, input, context)
  return {}
}

type Shown = z.output<typeof Sampling> & { scorerId: string; experimentId: string }

function samplingMessage({ id, scorerId, rate, filter, experimentId }: Shown) {
  return {
    online_scoring_config_id: id,
    scorer_id: scorerId,
    sample_rate: rate,
    filter_string: filter,
    experiment_id: experimentId,
  }
}

async function samplings({ runtime, context, message }: Call) {
  const scorerId = texts(message, 'scorer_ids')
  if (scorerId.length === 0) throw missing('scorer_ids')
  const { items } = await runtime.runner.ask(listScorerSampling, { scorerId }, context)
  return { configs: items.map(samplingMessage) }
}

async function sample({ runtime, context, message }: Call) {
  const filter = optionalText(message, 'filter_string')
  const input = {
    experimentId: experimentNumber(text(message, 'experiment_id')),
    name: text(message, 'name'),
    rate: Number(float(message, 'sample_rate')),
    filter: filter === undefined || filter === '' ? null : filter,
  }
  return { config: samplingMessage(await runtime.runner.act(sampleScorer, input, context)) }
}

import { linkModels, logInputs, logRun, readModelLinks, readRun } from '@millrace/experiment-tracking'
import { z } from 'zod'
import type { Message } from '../../wire/message.ts'
import { inner, messages, missing, optionalInteger, optionalText, runId, text } from '../../wire/message.ts'
import { invalid } from '../../wire/mlflow-error.ts'
import { within } from '../../wire/names.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'

/** What runs took and made: `runs/log-inputs`, `runs/outputs`, and the older `runs/log-model`. */
export const runModelRoutes: readonly Route[] = [
  route('POST', 'runs/log-inputs', inputs),
  route('POST', 'runs/outputs', outputs),
  route('POST', 'runs/log-model', logModel),
]

/** The logged models that a run took and made, in MLflow's form. */
export async function modelsOf({ runtime, context }: Call, id: string) {
  const { inputs: taken, outputs: made } = await runtime.runner.ask(readModelLinks, { id }, context)
  return {
    inputs: taken.map((modelId) => ({ model_id: modelId })),
    outputs: made.map(({ modelId, step }) => ({ model_id: modelId, step })),
  }
}

async function inputs({ runtime, context, message }: Call) {
  const id = runId(message)
  const foreign = firstOfEach(messages(message, 'datasets').map(dataOf))
  const models = messages(message, 'models').map((model) => text(model, 'model_id'))
  await runtime.runner.act(logInputs, { id, foreign }, context)
  if (models.length > 0) await runtime.runner.act(linkModels, { id, inputs: models }, context)
  return {}
}

/** One input as our own operation takes it; its tags stay in the order they were sent in. */
function dataOf(input: Message) {
  const dataset = inner(input, 'dataset')
  const { name: _name, digest: _digest, ...details } = dataset
  for (const [field, most] of Object.entries(limits)) within(optionalText(dataset, field) ?? '', field, most)
  const tags = messages(input, 'tags').map((tag) => {
    return {
      key: within(text(tag, 'key'), 'key', 255),
      value: within(optionalText(tag, 'value') ?? '', 'value', 500),
    }
  })
  const context = tags.find(({ key }) => key === 'mlflow.data.context')?.value ?? ''
  return {
    name: text(dataset, 'name'),
    digest: text(dataset, 'digest'),
    context,
    details: { ...details, ...(tags.length === 0 ? {} : { tags }) },
  }
}

const limits = { name: 500, digest: 36, source: 65_535, schema: 1_048_575, profile: 16_777_215 }

function firstOfEach<T extends { name: string; digest: string }>(data: readonly T[]): T[] {
  const byName = new Map<string, T>()
  for (const one of data) {
    const key = JSON.stringify([one.name, one.digest])
    if (!byName.has(key)) byName.set(key, one)
  }
  return [...byName.values()]
}

async function outputs({ runtime, context, message }: Call) {
  const id = runId(message)
  if (message['models'] === undefined) throw missing('models')
  const made = messages(message, 'models').map((model) => {
    return { modelId: text(model, 'model_id'), step: optionalInteger(model, 'step') ?? 0 }
  })
  await runtime.runner.act(linkModels, { id, outputs: made }, context)
  return {}
}

const history = 'mlflow.log-model.history'
const mandatory = ['artifact_path', 'flavors', 'utc_time_created', 'run_id']
const Model = z.record(z.string(), z.unknown())
const Models = z.array(Model)

/** Adds a model to the run's tag of models, as clients before MLflow 3 do. */
async function logModel({ runtime, context, message }: Call) {
  const id = runId(message)
  const json = text(message, 'model_json')
  const model = parsed(json, Model)
  if (model === undefined) throw invalid(`Malformed model info. \n ${json.slice(0, 1000)} \n is not a valid JSON.`)
  const gone = mandatory.filter((field) => !Object.hasOwn(model, field))
  if (gone.length > 0)
    throw invalid(`Model json is missing mandatory fields: {${gone.map((field) => `'${field}'`).join(', ')}}`)
  const run = await runtime.runner.ask(readRun, { id }, context)
  const before = parsed(run.tags[history] ?? '[]', Models) ?? []
  const tags = { [history]: JSON.stringify([...before, model]) }
  await runtime.runner.ingest(logRun, { id, metrics: [], params: {}, tags }, context)
  return {}
}

function parsed<T>(json: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data
  } catch {
    return undefined
  }
}

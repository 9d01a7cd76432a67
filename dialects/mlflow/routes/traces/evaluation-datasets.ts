import {
  createEvaluationDataset,
  deleteEvaluationDataset,
  deleteRecords,
  linkEvaluationDataset,
  listRecords,
  putRecords,
  readEvaluationDataset,
  searchEvaluationDatasets,
  tagEvaluationDataset,
} from '@millrace/traces'
import type { EvaluationDataset, EvaluationRecord } from '@millrace/traces/contract'
import { RecordContent } from '@millrace/traces/contract'
import { z } from 'zod'
import { optionalInteger, optionalText, text, texts } from '../../wire/message.ts'
import { invalid } from '../../wire/mlflow-error.ts'
import { pageToken } from '../../wire/page-token.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { experimentNumber } from './traces.ts'

const since = 3
const one = 'datasets/{dataset_id}'

/** `datasets/…`: evaluation data sets, whose tags, schemas and records are JSON inside texts. */
export const evaluationDatasetRoutes: readonly Route[] = [
  route('POST', 'datasets/create', create, { since }),
  route('POST', 'datasets/search', search, { since }),
  route('GET', 'datasets/search', search, { since }),
  route('GET', one, async (call) => ({ dataset: datasetMessage(await find(call)) }), { since }),
  route(
    'DELETE',
    one,
    async ({ runtime, context, message }) => {
      await runtime.runner.act(deleteEvaluationDataset, { id: text(message, 'dataset_id') }, context)
      return {}
    },
    { since },
  ),
  route('PATCH', `${one}/tags`, setTags, { since }),
  route('DELETE', `${one}/tags/{key}`, deleteTag, { since }),
  route('POST', `${one}/records`, upsert, { since }),
  route('GET', `${one}/records`, records, { since }),
  route('DELETE', `${one}/records`, remove, { since }),
  route(
    'GET',
    `${one}/experiment-ids`,
    async (call) => ({ experiment_ids: orNothing((await find(call)).experimentIds) }),
    { since },
  ),
  route('POST', `${one}/add-experiments`, (call) => link(call, 'add'), { since }),
  route('POST', `${one}/remove-experiments`, (call) => link(call, 'remove'), { since }),
]

function datasetMessage(dataset: EvaluationDataset) {
  return {
    dataset_id: dataset.id,
    name: dataset.name,
    tags: Object.keys(dataset.tags).length === 0 ? undefined : JSON.stringify(dataset.tags),
    schema: dataset.schema === null ? undefined : JSON.stringify(dataset.schema),
    profile: dataset.recordCount === 0 ? undefined : JSON.stringify({ num_records: dataset.recordCount }),
    digest: dataset.digest,
    created_time: dataset.createdAtMs,
    last_update_time: dataset.updatedAtMs,
    created_by: dataset.createdBy ?? undefined,
    last_updated_by: dataset.updatedBy ?? undefined,
    experiment_ids: orNothing(dataset.experimentIds),
  }
}

function orNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

function find({ runtime, context, message }: Call): Promise<EvaluationDataset> {
  return runtime.runner.ask(readEvaluationDataset, { id: text(message, 'dataset_id') }, context)
}

async function create({ runtime, context, message }: Call) {
  const tags = optionalText(message, 'tags')
  const dataset = await runtime.runner.act(
    createEvaluationDataset,
    {
      name: text(message, 'name'),
      experimentIds: texts(message, 'experiment_ids'),
      tags: tags === undefined || tags === '' ? {} : textsIn(tags, 'tags'),
    },
    context,
  )
  return { dataset: datasetMessage(dataset) }
}

/** The texts of an object inside a text; other values become text, nulls are left out. */
function textsIn(json: string, name: string): Record<string, string> {
  const values = parsed(json, name, z.record(z.string(), z.json()).nullable()) ?? {}
  const kept = Object.entries(values).filter(([, value]) => value !== null)
  return Object.fromEntries(
    kept.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

function parsed<T>(json: string, name: string, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw invalid(`Invalid value for parameter '${name}' supplied: it is no JSON.`)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(`Invalid value for parameter '${name}' supplied: ${z.prettifyError(result.error)}`)
}

async function search({ runtime, context, message }: Call) {
  const limit = optionalInteger(message, 'max_results')
  const { items, nextPageToken } = await runtime.runner.ask(
    searchEvaluationDatasets,
    {
      experimentId: texts(message, 'experiment_ids'),
      filter: optionalText(message, 'filter_string') ?? '',
      orderBy: texts(message, 'order_by'),
      limit: limitOf(limit),
      ...pageToken(optionalText(message, 'page_token')),
    },
    context,
  )
  return { datasets: orNothing(items.map(datasetMessage)), next_page_token: nextPageToken }
}

function limitOf(wanted: number | undefined): number {
  if (wanted === undefined || wanted === 0) return 1000
  if (wanted < 0)
    throw invalid(`Invalid value ${wanted} for parameter 'max_results' supplied. It must be a positive integer`)
  return Math.min(wanted, 1000)
}

async function setTags({ runtime, context, message }: Call) {
  const tags = textsIn(text(message, 'tags'), 'tags')
  const dataset = await runtime.runner.act(tagEvaluationDataset, { id: text(message, 'dataset_id'), tags }, context)
  return { dataset: datasetMessage(dataset) }
}

async function deleteTag({ runtime, context, message }: Call) {
  const tags = { [text(message, 'key')]: null }
  await runtime.runner.act(tagEvaluationDataset, { id: text(message, 'dataset_id'), tags }, context)
  return {}
}

const SentRecord = RecordContent.extend({ inputs: RecordContent.shape.inputs.default({}) })

async function upsert({ runtime, context, message }: Call) {
  const sent = parsed(text(message, 'records'), 'records', z.array(SentRecord))
  const counts = await runtime.runner.act(putRecords, { id: text(message, 'dataset_id'), records: sent }, context)
  return { inserted_count: counts.inserted, updated_count: counts.updated }
}

async function records({ runtime, context, message }: Call) {
  const { items, nextPageToken } = await runtime.runner.ask(
    listRecords,
    {
      id: text(message, 'dataset_id'),
      limit: limitOf(optionalInteger(message, 'max_results')),
      ...pageToken(optionalText(message, 'page_token')),
    },
    context,
  )
  return { records: JSON.stringify(items.map(recordMessage)), next_page_token: nextPageToken }
}

function recordMessage(record: EvaluationRecord) {
  const { source, createdBy, updatedBy } = record
  return {
    dataset_record_id: record.id,
    dataset_id: record.datasetId,
    inputs: record.inputs,
    outputs: record.outputs,
    expectations: record.expectations,
    tags: record.tags,
    source,
    source_id: traceIdOf(source?.source_data),
    source_type: source?.source_type ?? 'UNSPECIFIED',
    created_time: record.createdAtMs,
    last_update_time: record.updatedAtMs,
    created_by: createdBy,
    last_updated_by: updatedBy,
  }
}

/** The trace that a record was made from. */
function traceIdOf(data: unknown): string | undefined {
  const id = typeof data === 'object' && data !== null && 'trace_id' in data ? data.trace_id : undefined
  return typeof id === 'string' ? id : undefined
}

async function remove({ runtime, context, message }: Call) {
  const recordIds = texts(message, 'dataset_record_ids')
  const { deleted } = await runtime.runner.act(deleteRecords, { id: text(message, 'dataset_id'), recordIds }, context)
  return { deleted_count: deleted }
}

async function link({ runtime, context, message }: Call, what: 'add' | 'remove') {
  const ids = texts(message, 'experiment_ids')
  const change = what === 'add' ? { add: ids.map(experimentNumber) } : { remove: ids }
  const dataset = await runtime.runner.act(
    linkEvaluationDataset,
    { id: text(message, 'dataset_id'), ...change },
    context,
  )
  return { dataset: datasetMessage(dataset) }
}

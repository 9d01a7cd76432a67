import { createHash } from 'node:crypto'
import { canonicalJson, decodePageToken, encodePageToken, pageOf, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { EvaluationDataset, RecordContent } from '../contract.ts'
import { parseDatasetFilter, parseDatasetOrder } from '../model/dataset-filter.ts'
import { growSchema, mergeRecord } from '../model/evaluation-dataset.ts'
import type { RecordRow, StoredContent } from '../store/evaluation-rows.ts'
import type { TracesStore } from '../store/traces-store.ts'
import { action, query } from '../store/traces-store.ts'
import { findExperiment } from './find-experiment.ts'

const { problem } = contract

/** Whose change it is, in MLflow's words. */
const userTag = 'mlflow.user'

/** Makes an evaluation data set. */
export const createEvaluationDataset = action(
  contract.createEvaluationDataset,
  async ({ store, input, nowMs, newHexId }) => {
    const user = input.tags[userTag] ?? null
    const dataset: EvaluationDataset = {
      id: `d-${newHexId()}`,
      name: input.name,
      digest: digestOf(input.name, nowMs),
      tags: input.tags,
      schema: null,
      recordCount: 0,
      experimentIds: [...new Set(input.experimentIds)],
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      createdBy: user,
      updatedBy: user,
    }
    await store.evaluationDatasets.put(dataset)
    await store.evaluationDatasets.link(dataset.id, dataset.experimentIds)
    return { answer: dataset, audit: { object: ref('evaluation-dataset', dataset.id), after: dataset } }
  },
)

/** Sets tags; null removes one. Throws `evaluation-dataset-not-found`. */
export const tagEvaluationDataset = action(contract.tagEvaluationDataset, async ({ store, input }) => {
  const before = await findDataset(store, input.id)
  const tags = Object.entries({ ...before.tags, ...input.tags }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  )
  const after = { ...before, tags: Object.fromEntries(tags) }
  await store.evaluationDatasets.put(after)
  return { answer: after, audit: changed(before, after) }
})

/** Adds experiments and takes some away. Throws `evaluation-dataset-not-found`, experiment-tracking's `experiment-not-found`. */
export const linkEvaluationDataset = action(contract.linkEvaluationDataset, async ({ store, input, nowMs, ask }) => {
  const before = await findDataset(store, input.id)
  for (const id of input.add) await findExperiment(ask, id)
  await store.evaluationDatasets.link(input.id, input.add)
  await store.evaluationDatasets.unlink(input.id, input.remove)
  await store.evaluationDatasets.put({ ...before, updatedAtMs: nowMs })
  const after = await findDataset(store, input.id)
  return { answer: after, audit: changed(before, after) }
})

/** Adds records; one whose inputs are there already is merged into it. Throws `evaluation-dataset-not-found`. */
export const putRecords = action(contract.putRecords, async ({ store, input, nowMs, newHexId }) => {
  const before = await findDataset(store, input.id)
  const { records } = input
  const hashes = records.map(({ inputs }) => createHash('sha256').update(canonicalJson(inputs)).digest('hex'))
  const there = new Map((await store.evaluationRecords.byInputs(input.id, hashes)).map((row) => [row.input_hash, row]))
  const already = there.size
  for (const [index, record] of records.entries()) {
    const hash = hashes[index] ?? ''
    const row = recordRow(there.get(hash), record, { id: recordId(nowMs, index, newHexId()), hash, nowMs })
    await store.evaluationRecords.put(input.id, row)
    there.set(hash, row)
  }
  const inserted = there.size - already
  const users = records.map(({ tags }) => userOf(tags)).filter((user) => user !== null)
  const after: EvaluationDataset = {
    ...before,
    schema: records.length === 0 ? before.schema : { ...growSchema(before.schema, records) },
    recordCount: before.recordCount + inserted,
    digest: digestOf(before.name, nowMs),
    updatedAtMs: nowMs,
    updatedBy: users.at(-1) ?? before.updatedBy,
  }
  await store.evaluationDatasets.put(after)
  return { answer: { inserted, updated: records.length - inserted }, audit: changed(before, after) }
})

/** A record as it is stored: new, or merged into the one with the same inputs. */
function recordRow(
  old: RecordRow | undefined,
  record: RecordContent,
  { id, hash, nowMs }: { id: string; hash: string; nowMs: number },
): RecordRow {
  const user = userOf(record.tags)
  if (old === undefined) {
    const content: StoredContent = { ...record, createdBy: user, updatedBy: user }
    return { id, input_hash: hash, content: JSON.stringify(content), created_at_ms: nowMs, updated_at_ms: nowMs }
  }
  const merged = mergedInto(JSON.parse(old.content) as StoredContent, record, user) // as it was written
  return { ...old, content: JSON.stringify(merged), updated_at_ms: nowMs }
}

function userOf(tags: Readonly<Record<string, unknown>> | null | undefined): string | null {
  const user = tags?.[userTag]
  return typeof user === 'string' ? user : null
}

/** Ids in the order of creation, so that records that came together are listed as they came. */
function recordId(nowMs: number, index: number, random: string): string {
  return `dr-${nowMs.toString(16).padStart(12, '0')}${index.toString(16).padStart(4, '0')}${random.slice(16)}`
}

function mergedInto(old: StoredContent, record: RecordContent, user: string | null): StoredContent {
  return { ...mergeRecord(old, record), createdBy: old.createdBy, updatedBy: user ?? old.updatedBy }
}

/** Deletes records. Throws `evaluation-dataset-not-found`. */
export const deleteRecords = action(contract.deleteRecords, async ({ store, input, nowMs }) => {
  const before = await findDataset(store, input.id)
  const deleted = await store.evaluationRecords.remove(input.id, input.recordIds)
  if (deleted === 0) return { answer: { deleted }, audit: 'unchanged' }
  const after = {
    ...before,
    recordCount: before.recordCount - deleted,
    digest: digestOf(before.name, nowMs),
    updatedAtMs: nowMs,
  }
  await store.evaluationDatasets.put(after)
  return { answer: { deleted }, audit: changed(before, after) }
})

/** Deletes a data set with its records; one that is not there changes nothing. */
export const deleteEvaluationDataset = action(contract.deleteEvaluationDataset, async ({ store, input }) => {
  const before = await store.evaluationDatasets.find(input.id)
  if (before === undefined) return { answer: {}, audit: 'unchanged' }
  await store.evaluationDatasets.remove(input.id)
  return { answer: {}, audit: { object: ref('evaluation-dataset', input.id), before } }
})

/** Reads a data set. Throws `evaluation-dataset-not-found`. */
export const readEvaluationDataset = query(contract.readEvaluationDataset, async ({ store, input }) =>
  findDataset(store, input.id),
)

/** Finds data sets. Throws `bad-filter`. */
export const searchEvaluationDatasets = query(contract.searchEvaluationDatasets, async ({ store, input }) => {
  const [first] = input.pageToken === undefined ? [] : (decodePageToken(input.pageToken) ?? [])
  const offset = typeof first === 'number' ? first : 0
  const meets = parseDatasetFilter(input.filter)
  const order = parseDatasetOrder(input.orderBy)
  const all = await store.evaluationDatasets.all(input.experimentId)
  const found = all.filter(meets).toSorted(order)
  const end = offset + input.limit
  return {
    items: found.slice(offset, end),
    ...(found.length > end ? { nextPageToken: encodePageToken([end]) } : {}),
  }
})

/** Lists records in order of creation. Throws `evaluation-dataset-not-found`. */
export const listRecords = query(contract.listRecords, async ({ store, input }) => {
  await findDataset(store, input.id)
  const [at, id] = input.pageToken === undefined ? [] : (decodePageToken(input.pageToken) ?? [])
  const after = typeof at === 'number' && typeof id === 'string' ? { createdAtMs: at, id } : undefined
  const rows = await store.evaluationRecords.list(input.id, input.limit, after)
  return pageOf(
    rows,
    input.limit,
    (record) => [record.createdAtMs, record.id],
    (record) => record,
  )
})

async function findDataset(store: Pick<TracesStore, 'evaluationDatasets'>, id: string): Promise<EvaluationDataset> {
  const dataset = await store.evaluationDatasets.find(id)
  if (dataset === undefined) throw problem['evaluation-dataset-not-found']({ id })
  return dataset
}

function digestOf(name: string, atMs: number): string {
  return createHash('sha256').update(`${name}:${atMs}`).digest('hex').slice(0, 8)
}

function changed(before: EvaluationDataset, after: EvaluationDataset) {
  return { object: ref('evaluation-dataset', before.id), before, after }
}

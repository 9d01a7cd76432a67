import { decodePageToken, pageOf, ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import type { Clause } from '../../model/filter.ts'
import { loggedModelField, parseLoggedModelFilter } from '../../model/logged-model-filter.ts'
import { problem } from '../../model/problems.ts'
import { nameOfRun } from '../../model/run-name.ts'
import type { StoredModel } from '../../store/logged-models/logged-model-rows.ts'
import type { TrackingStore } from '../../store/tracking.ts'
import { action, query } from '../../store/tracking.ts'
import { findActiveExperiment, lookUpExperiment } from '../find-experiment.ts'

/** Starts a logged model, which is pending until its artifacts are there. Throws `model-exists`. */
export const createLoggedModel = action(contract.createLoggedModel, async ({ store, input, nowMs, newHexId }) => {
  const experiment = await findActiveExperiment(store, input.experiment)
  const id = contract.RunId.parse(input.id ?? `m-${newHexId()}`)
  if ((await store.loggedModels.find(id)) !== undefined) throw problem['model-exists']({ id })
  const model: StoredModel = {
    id,
    experimentId: experiment.id,
    name: input.name === undefined || input.name === '' ? nameOfRun(id) : input.name,
    runId: input.runId ?? null,
    status: 'pending',
    type: input.type,
    params: input.params,
    tags: input.tags,
    deleted: false,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  await store.loggedModels.insert(model)
  // A run that is not here may be named all the same: its model came from elsewhere.
  const run = input.runId === undefined ? undefined : await store.runs.find(input.runId)
  const source =
    run === undefined ? [] : [{ from: ref('run', run.id), type: 'produced' as const, to: ref('logged-model', id) }]
  return {
    answer: await shownOne(store, model),
    audit: { object: ref('logged-model', id), after: model },
    edges: source,
  }
})

/** Changes status, params and tags of a logged model; a null tag is removed. Throws `model-not-found`, `tag-not-found`. */
export const updateLoggedModel = action(contract.updateLoggedModel, async ({ store, input, nowMs }) => {
  const before = await find(store, input.id)
  for (const [key, value] of Object.entries(input.tags)) {
    if (value === null && !Object.hasOwn(before.tags, key))
      throw problem['tag-not-found']({ key, where: `logged model ${before.id}` })
  }
  const tags = Object.entries({ ...before.tags, ...input.tags }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  )
  const after: StoredModel = {
    ...before,
    status: input.status ?? before.status,
    params: { ...before.params, ...input.params },
    tags: Object.fromEntries(tags),
    updatedAtMs: nowMs,
  }
  await store.loggedModels.save(after)
  return { answer: await shownOne(store, after), audit: { object: ref('logged-model', before.id), before, after } }
})

/** Marks a logged model deleted, unless something holds it. Throws `model-not-found`. */
export const deleteLoggedModel = action(contract.deleteLoggedModel, async ({ store, input, nowMs, holds }) => {
  const model = await find(store, input.id)
  await holds.refuseIfHeld(ref('logged-model', model.id))
  await store.loggedModels.delete(model.id, nowMs)
  return {
    answer: {},
    audit: { object: ref('logged-model', model.id), before: { deleted: false }, after: { deleted: true } },
  }
})

/** One logged model. Throws `experiment-tracking/model-not-found`. */
export const readLoggedModel = query(contract.readLoggedModel, async ({ store, input }) =>
  shownOne(store, await find(store, input.id, input.withDeleted)),
)

export const listLoggedModels = query(contract.listLoggedModels, async ({ store, input, scope }) => {
  const name: Clause[] =
    input.name === undefined ? [] : [{ entity: 'attribute', key: 'name', comparator: '=', value: input.name }]
  const experiments = await numbersOf(store, input.experiments)
  return page(store, input, (offset) => {
    return store.loggedModels.search(scope.dialect, { ...input, experiments, clauses: name, offset })
  })
})

/** Logged models by their attributes, metrics, params and tags. Throws `experiment-tracking/bad-filter`. */
export const searchLoggedModels = query(contract.searchLoggedModels, async ({ store, input, scope }) => {
  const clauses = parseLoggedModelFilter(input.filter)
  const orders = input.orderBy.map(({ field, descending, datasetName, datasetDigest }) => {
    return { ...orderField(field), descending, dataset: { name: datasetName, digest: datasetDigest } }
  })
  const { datasets } = input
  const experiments = await numbersOf(store, input.experiments)
  if (experiments.length === 0) return { items: [] }
  return page(store, input, (offset) => {
    return store.loggedModels.search(scope.dialect, {
      experiments,
      clauses,
      datasets,
      orders,
      limit: input.limit,
      offset,
    })
  })
})

function orderField(field: string) {
  const found = field.includes('.') ? loggedModelField(field) : loggedModelField(`attributes.${field}`)
  if (found.entity === 'attribute' || found.entity === 'metric') return found
  throw problem['bad-filter']({ reason: `Invalid order by field name: ${field}. Only metrics are supported.` })
}

async function numbersOf(store: TrackingStore, experiments: readonly string[]): Promise<number[]> {
  const numbers: number[] = []
  for (const experiment of experiments) numbers.push((await lookUpExperiment(store, experiment))?.number ?? -1)
  return numbers
}

/** A page of models; the token is how many went before. */
async function page(
  store: TrackingStore,
  { limit, pageToken = '' }: { limit: number; pageToken?: string | undefined },
  read: (offset: number) => Promise<StoredModel[]>,
) {
  const offset = Number(decodePageToken(pageToken)?.[0] ?? 0)
  const { items, ...rest } = pageOf(
    await read(offset),
    limit,
    () => [offset + limit],
    (row) => row,
  )
  return { items: await shown(store, items), ...rest }
}

async function find(store: TrackingStore, id: string, withDeleted = false): Promise<StoredModel> {
  const found = await store.loggedModels.find(id)
  if (found === undefined || (found.deleted && !withDeleted)) throw problem['model-not-found']({ id })
  return found
}

async function shownOne(store: TrackingStore, model: StoredModel): Promise<contract.LoggedModel> {
  const [one] = await shown(store, [model])
  if (one === undefined) throw problem['model-not-found']({ id: model.id })
  return one
}

async function shown(store: TrackingStore, models: readonly StoredModel[]): Promise<contract.LoggedModel[]> {
  const numbers = [...new Set(models.map((model) => Number(model.experimentId)))]
  const experiments = await store.experiments.byNumbers(numbers)
  const roots = new Map(experiments.map(({ id, artifactRoot }) => [id, artifactRoot]))
  const metrics = await store.loggedModels.metrics(models.map((model) => model.id))
  return models.map((model) => ({
    ...model,
    metrics: metrics.get(model.id) ?? [],
    artifactRoot: `${roots.get(model.experimentId) ?? ''}/models/${model.id}/artifacts`,
  }))
}

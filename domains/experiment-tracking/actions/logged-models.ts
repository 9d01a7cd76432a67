import { pageOf, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { problem } from '../model/problems.ts'
import { nameOfRun } from '../model/run-name.ts'
import type { StoredModel } from '../store/logged-model-rows.ts'
import type { TrackingStore } from '../store/tracking.ts'
import { action, query } from '../store/tracking.ts'
import { findActiveExperiment, lookUpExperiment } from './find-experiment.ts'
import { findWritableRun } from './find-run.ts'

/** Starts a logged model, which is pending until its artifacts are there. Throws `model-exists`. */
export const createLoggedModel = action(contract.createLoggedModel, async ({ store, input, nowMs, newHexId }) => {
  const experiment = await findActiveExperiment(store, input.experiment)
  if (input.runId !== undefined) await findWritableRun(store, input.runId)
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
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  await store.loggedModels.insert(model)
  const source =
    input.runId === undefined
      ? []
      : [{ from: ref('run', input.runId), type: 'produced' as const, to: ref('logged-model', id) }]
  return { answer: await shown(store, model), audit: { object: ref('logged-model', id), after: model }, edges: source }
})

/** Changes status, params and tags of a logged model; a null tag is removed. Throws `model-not-found`. */
export const updateLoggedModel = action(contract.updateLoggedModel, async ({ store, input, nowMs }) => {
  const before = await find(store, input.id)
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
  return { answer: await shown(store, after), audit: { object: ref('logged-model', before.id), before, after } }
})

/** One logged model. Throws `experiment-tracking/model-not-found`. */
export const readLoggedModel = query(contract.readLoggedModel, async ({ store, input }) =>
  shown(store, await find(store, input.id)),
)

export const listLoggedModels = query(contract.listLoggedModels, async ({ store, input }) => {
  const numbers: number[] = []
  for (const experiment of input.experiments) numbers.push((await lookUpExperiment(store, experiment))?.number ?? -1)
  const rows = await store.loggedModels.search({ ...input, experiments: numbers })
  const { items, ...rest } = pageOf(
    rows,
    input.limit,
    () => [input.limit],
    (row) => row,
  )
  return { items: await Promise.all(items.map((model) => shown(store, model))), ...rest }
})

async function find(store: TrackingStore, id: string): Promise<StoredModel> {
  const found = await store.loggedModels.find(id)
  if (found === undefined) throw problem['model-not-found']({ id })
  return found
}

async function shown(store: TrackingStore, model: StoredModel) {
  const experiment = await store.experiments.byNumber(Number(model.experimentId))
  return { ...model, artifactRoot: `${experiment?.artifactRoot ?? ''}/models/${model.id}/artifacts` }
}

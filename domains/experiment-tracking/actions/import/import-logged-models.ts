import { ref } from '@millrace/contract'
import type { LineageEdge } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import type { ImportedModel, ImportOutcome } from '../../contract.ts'
import type { ImportRecord } from '../../store/imports/import-rows.ts'
import type { StoredModel } from '../../store/logged-models/logged-model-rows.ts'
import { action } from '../../store/tracking.ts'

/** Takes logged models, as `importRuns` takes runs. */
export const importLoggedModels = action(contract.importLoggedModels, async ({ store, input, nowMs }) => {
  const ids = input.models.map(({ id }) => id)
  const known = await store.imports.some(input.source, 'logged-model', ids)
  const there = await store.loggedModels.known(ids)
  const items: { id: string; outcome: ImportOutcome }[] = []
  const records: ImportRecord[] = []
  const edges: LineageEdge[] = []
  for (const model of input.models) {
    const outcome = outcomeOf(model, known.get(model.id), there.has(model.id))
    items.push({ id: model.id, outcome })
    if (outcome === 'same' || outcome === 'taken') continue
    if (outcome === 'made') await store.loggedModels.insert(storedOf(model))
    else await store.loggedModels.save(storedOf(model))
    await store.loggedModels.addMetrics(model.metrics.map((metric) => ({ ...metric, modelId: model.id })))
    if (model.deletedAtMs !== null) await store.loggedModels.delete(model.id, model.deletedAtMs)
    records.push({ sourceId: model.id, ownId: model.id, state: model.state })
    if (model.runId !== null)
      edges.push({ from: ref('run', model.runId), type: 'produced', to: ref('logged-model', model.id) })
  }
  if (records.length === 0) return { answer: { items }, audit: 'unchanged' }
  await store.imports.put(input.source, 'logged-model', records, nowMs)
  const after = { loggedModels: records.length, first: items[0]?.id }
  return { answer: { items }, audit: { object: ref('import', input.source), after }, edges }
})

function outcomeOf(model: ImportedModel, record: ImportRecord | undefined, isThere: boolean): ImportOutcome {
  if (!isThere) return 'made'
  if (record === undefined) return 'taken'
  return record.state !== '' && record.state === model.state ? 'same' : 'changed'
}

function storedOf(model: ImportedModel): StoredModel {
  const { experiment, deletedAtMs: _deleted, metrics: _metrics, state: _state, ...rest } = model
  return { ...rest, experimentId: String(experiment), deleted: false }
}

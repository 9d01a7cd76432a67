import { ref } from '@millrace/contract'
import type { ActionContext, LineageEdge } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import type { ImportedRun, ImportOutcome } from '../../contract.ts'
import type { ImportRecord } from '../../store/imports/import-rows.ts'
import { insertRun } from '../../store/new-run.ts'
import type { RunRow } from '../../store/run-rows.ts'
import type { TrackingStore } from '../../store/tracking.ts'
import { action } from '../../store/tracking.ts'

type Context = Pick<ActionContext<TrackingStore, { source: string }>, 'store' | 'scope' | 'nowMs'>

/**
 * Takes runs, all or none of them. A run that was taken before is brought to what its source says now: points that are
 * there already stay once. A run whose id is here and came from elsewhere is left as it is. Nobody is told of runs that
 * ended long ago, so there are no events.
 */
export const importRuns = action(contract.importRuns, async (context) => {
  const { store, input, nowMs } = context
  const ids = input.runs.map(({ id }) => id)
  const known = await store.imports.some(input.source, 'run', ids)
  const before = new Map((await store.runs.some(ids)).map((row) => [row.id, row]))
  const items: { id: string; outcome: ImportOutcome }[] = []
  const records = new Map<string, ImportRecord>()
  const edges: LineageEdge[] = []
  for (const run of input.runs) {
    const outcome = outcomeOf(run, records.get(run.id) ?? known.get(run.id), before.get(run.id))
    items.push({ id: run.id, outcome })
    if (outcome === 'same' || outcome === 'taken') continue
    const row = rowOf(context, run)
    if (outcome === 'made') await insertRun(context.scope, row, run)
    else await bring(context, row, run)
    await addRest(context, run)
    before.set(run.id, row)
    records.set(run.id, { sourceId: run.id, ownId: run.id, state: run.state })
    if (run.parentRunId !== null)
      edges.push({ from: ref('run', run.id), type: 'part_of', to: ref('run', run.parentRunId) })
  }
  if (records.size === 0) return { answer: { items }, audit: 'unchanged' }
  await store.imports.put(input.source, 'run', [...records.values()], nowMs)
  const after = { runs: records.size, first: items[0]?.id, last: items.at(-1)?.id }
  return { answer: { items }, audit: { object: ref('import', input.source), after }, edges }
})

function outcomeOf(run: ImportedRun, record: ImportRecord | undefined, before: RunRow | undefined): ImportOutcome {
  if (before === undefined) return 'made'
  if (record === undefined) return 'taken'
  return record.state !== '' && record.state === run.state ? 'same' : 'changed'
}

function rowOf({ scope }: Context, run: ImportedRun): RunRow {
  return {
    workspace: scope.workspace,
    id: run.id,
    experiment: run.experiment,
    name: run.name,
    status: run.status,
    started_at_ms: run.startedAtMs,
    ended_at_ms: run.endedAtMs,
    created_at_ms: run.createdAtMs,
    created_by: run.createdBy,
    parent_run_id: run.parentRunId,
    code: codeOf(run.tags),
    deleted_at_ms: run.deletedAtMs,
  }
}

/** What MLflow's tags say of the code. */
function codeOf(tags: Readonly<Record<string, string>>): string | null {
  const said = {
    gitCommit: tags['mlflow.source.git.commit'],
    gitBranch: tags['mlflow.source.git.branch'],
    gitRepository: tags['mlflow.source.git.repoURL'],
    entryPoint: tags['mlflow.source.name'],
  }
  const isSaid = said.gitCommit !== undefined || said.entryPoint !== undefined
  const given = Object.entries(said).filter((entry) => entry[1] !== undefined && entry[1] !== '')
  return isSaid && given.length > 0 ? JSON.stringify(Object.fromEntries(given)) : null
}

async function bring({ store }: Context, row: RunRow, run: ImportedRun): Promise<void> {
  const { id, workspace: _workspace, experiment: _experiment, created_by: _by, created_at_ms: _at, ...set } = row
  await store.runs.update(id, set)
  await store.params.set(id, run.params)
  await store.tags.set(id, run.tags)
}

async function addRest({ store, nowMs }: Context, run: ImportedRun): Promise<void> {
  const { id, experiment, metrics, data, models } = run
  if (metrics.points.length > 0) await store.metrics.add({ id, experiment }, metrics, nowMs)
  if (data.length > 0)
    await store.inputs.add(
      id,
      data.map((one) => ({ ...one, versionId: null })),
    )
  const inputs = models.inputs.map((modelId) => ({ role: 'input' as const, modelId, step: 0 }))
  const outputs = models.outputs.map(({ modelId, step }) => ({ role: 'output' as const, modelId, step }))
  if (inputs.length + outputs.length > 0) await store.modelLinks.add(id, [...inputs, ...outputs])
}

import { Study, StudySpec, Trial } from '../contract.ts'
import type { OptimizationStore } from '../store/optimization-store.ts'
import type { StudyRow, TrialRow } from '../store/tables.ts'

/** A study with its best trial. */
export async function showStudy(store: OptimizationStore, row: StudyRow) {
  const spec = StudySpec.parse(JSON.parse(row.spec))
  const best = await store.trials.best(row.id, spec.direction)
  return {
    id: Study.shape.id.parse(row.id),
    name: row.name,
    direction: spec.direction,
    metric: spec.metric,
    trialCount: row.trials,
    bestValue: best?.value ?? null,
    bestTrialId: best?.id ?? null,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    spec,
  }
}

/** A trial as the world sees it. */
export function showTrial(row: TrialRow) {
  return {
    id: Trial.shape.id.parse(row.id),
    study: row.study,
    number: row.number,
    params: Trial.shape.params.parse(JSON.parse(row.params)),
    state: row.state,
    value: row.value,
    lastStep: row.last_step,
    runId: row.run_id,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  }
}

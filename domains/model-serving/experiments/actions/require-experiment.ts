import { servingProblem } from '../../model/serving-problems.ts'
import type { ServingStore } from '../../store/serving-store.ts'
import type { ExperimentRow } from '../../store/tables.ts'

/** Throws `model-serving/unknown-experiment`. */
export async function requireExperiment(store: ServingStore, id: string): Promise<ExperimentRow> {
  const row = await store.experiments.find(id)
  if (row === undefined) throw servingProblem['unknown-experiment']({ id })
  return row
}

/** Throws `model-serving/unknown-experiment`, `model-serving/experiment-ended`. `verb`: what a running one could be. */
export async function requireRunning(store: ServingStore, id: string, verb: string): Promise<ExperimentRow> {
  const row = await requireExperiment(store, id)
  if (row.state !== 'running') throw servingProblem['experiment-ended']({ id, state: row.state, verb })
  return row
}

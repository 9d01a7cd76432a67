import type { Experiment } from '../model/run.ts'
import { problem } from '../model/problems.ts'
import type { TrackingStore } from '../store/tracking.ts'

type Experiments = Pick<TrackingStore, 'experiments'>

/** An experiment by name, or by number as `#7`; undefined when there is none. */
export async function lookUpExperiment(store: Experiments, experiment: string): Promise<Experiment | undefined> {
  const number = /^#(\d{1,15})$/.exec(experiment)?.[1]
  return number === undefined ? store.experiments.byName(experiment) : store.experiments.byNumber(Number(number))
}

/** The same, throwing `experiment-tracking/experiment-not-found`. */
export async function findExperiment(store: Experiments, experiment: string): Promise<Experiment> {
  const found = await lookUpExperiment(store, experiment)
  if (found === undefined) throw problem['experiment-not-found']({ experiment })
  return found
}

/** The same, throwing `experiment-tracking/experiment-deleted` for a deleted one. */
export async function findActiveExperiment(store: Experiments, experiment: string): Promise<Experiment> {
  const found = await findExperiment(store, experiment)
  if (found.deleted) throw problem['experiment-deleted']({ name: found.name, id: found.id })
  return found
}

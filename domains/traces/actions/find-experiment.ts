import { readExperiment } from '@millrace/experiment-tracking'
import type { Experiment } from '@millrace/experiment-tracking/contract'
import { problem as trackingProblem } from '@millrace/experiment-tracking/contract'
import type { ActionContext } from '@millrace/kernel'

/** The experiment of a number, which may be written to. Throws experiment-tracking's `experiment-not-found`, `experiment-deleted`. */
export async function findExperiment(ask: ActionContext<unknown, unknown>['ask'], id: string): Promise<Experiment> {
  const experiment = await ask(readExperiment, { name: `#${id}` })
  if (experiment.deleted) throw trackingProblem['experiment-deleted']({ name: experiment.name, id: experiment.id })
  return experiment
}

/** Numbers of experiments given by name or as `#7`; undefined stays undefined. A number that is not there finds nothing. */
export async function experimentNumbers(
  ask: ActionContext<unknown, unknown>['ask'],
  names: readonly string[] | undefined,
): Promise<number[] | undefined> {
  if (names === undefined) return undefined
  const numbers: number[] = []
  for (const name of names) {
    const number = /^#(\d{1,15})$/.exec(name)?.[1]
    numbers.push(number === undefined ? (await ask(readExperiment, { name })).number : Number(number))
  }
  return numbers
}

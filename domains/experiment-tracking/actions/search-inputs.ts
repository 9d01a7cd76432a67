import * as contract from '../contract.ts'
import { query } from '../store/tracking.ts'
import { lookUpExperiment } from './find-experiment.ts'

const most = 1000

/** The data that runs of experiments used. */
export const searchInputs = query(contract.searchInputs, async ({ store, input }) => {
  const numbers: number[] = []
  for (const experiment of input.experiments) {
    const found = await lookUpExperiment(store, experiment)
    if (found !== undefined) numbers.push(found.number)
  }
  return { items: numbers.length === 0 ? [] : await store.inputs.used(numbers, most) }
})

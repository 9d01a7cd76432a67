import * as contract from '../contract.ts'
import { query } from '../store/tracking.ts'
import { findRun, wholeRun } from './find-run.ts'

/** One run, deleted ones included. Throws `experiment-tracking/run-not-found`. */
export const readRun = query(contract.readRun, async ({ store, input }) =>
  wholeRun(store, await findRun(store, input.id)),
)

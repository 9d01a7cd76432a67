import type { Order } from '../../model/filter.ts'
import type { Condition } from './condition.ts'

/** A search of runs, as it goes to a reader thread. */
export interface RunSearch {
  readonly workspace: string
  /** Numbers; undefined is all experiments. */
  readonly experiments: readonly number[] | undefined
  readonly condition: Condition
  readonly orders: readonly Order[]
  readonly view: 'active' | 'deleted' | 'all'
  readonly limit: number
  readonly cursor: Cursor | undefined
}

/** The run that ended a page: for each order its rank (0 a value, 1 NaN, 2 none) and value, then start and id. */
export interface Cursor {
  readonly keys: readonly CursorKey[]
  readonly startedAtMs: number
  readonly id: string
}

export interface CursorKey {
  readonly rank: number
  readonly value: string | number | null
}

/** A found run and where it stands in the order. */
export interface Found {
  readonly id: string
  readonly cursor: Cursor
}

/** Runs that have not started come after those that have; this stands for their time. */
export const neverStarted = -9_007_199_254_740_991

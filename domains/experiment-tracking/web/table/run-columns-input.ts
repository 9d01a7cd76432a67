import type { RunSnapshot } from '../snapshot/run-columns-form.ts'
import type { ExperimentView } from '../use-experiment.ts'

/** How a group's values are said in one cell. */
export type SpreadKind = 'std' | 'range'

export interface RunColumnsInput {
  view: ExperimentView
  runs: RunSnapshot
  baseline: number | null
  slots: ReadonlyMap<string, number>
  hidden: ReadonlySet<string>
  /** Groups that are open, by their place. */
  open: ReadonlySet<number>
  spread: SpreadKind
  /** A regular expression on the names of columns. */
  cols: string
  phone: boolean
  onDot: (id: string) => void
  onBaseline: (id: string) => void
  onGroup: (group: number) => void
}

/** A row of the table: a run's place in the snapshot, or a group as its place below zero, counted from -1. */
export type TableRow = number

/** The group that a row heads; undefined for a run's row. */
export function groupAt({ found }: ExperimentView, row: TableRow) {
  return row < 0 ? found?.groups[-1 - row] : undefined
}

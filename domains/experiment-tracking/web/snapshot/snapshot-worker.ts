import { evaluateRuns, type RunAnswer, type RunQuestion } from './evaluate-runs.ts'
import type { RunSnapshot, SnapshotColumn } from './run-columns-form.ts'

/** To the worker: a snapshot, more columns of it, or a question about it. */
export type ToWorker =
  | { readonly kind: 'runs'; readonly runs: RunSnapshot }
  | { readonly kind: 'columns'; readonly columns: readonly SnapshotColumn[] }
  | { readonly kind: 'ask'; readonly number: number; readonly asked: RunQuestion }

/** From the worker: an answer and how long it took to find. */
export interface FromWorker {
  readonly number: number
  readonly answer: RunAnswer
  readonly tookMs: number
}

let runs: RunSnapshot = { version: '', ids: [], columns: new Map() }

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'runs') runs = data.runs
  else if (data.kind === 'columns')
    runs = {
      ...runs,
      columns: new Map([...runs.columns, ...data.columns.map((column) => [column.field, column] as const)]),
    }
  else {
    const began = performance.now()
    const answer = evaluateRuns(runs, data.asked)
    postMessage({ number: data.number, answer, tookMs: performance.now() - began } satisfies FromWorker)
  }
})

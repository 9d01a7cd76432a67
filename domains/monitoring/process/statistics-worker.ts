import { parentPort } from 'node:worker_threads'
import type { Distances, JointCounts } from '../model/drift.ts'
import { distancesOf } from '../model/drift.ts'

/** What the thread is asked and what it answers. A p value can take a third of a second, too long for the event loop. */
export interface StatisticsQuestion {
  readonly id: number
  readonly columns: readonly JointCounts[]
}
export type StatisticsAnswer =
  | { readonly id: number; readonly distances: readonly Distances[] }
  | { readonly id: number; readonly error: string }

parentPort?.on('message', (question: StatisticsQuestion) => {
  parentPort?.postMessage(answer(question))
})

function answer({ id, columns }: StatisticsQuestion): StatisticsAnswer {
  try {
    return { id, distances: columns.map(distancesOf) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

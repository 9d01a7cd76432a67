import type { Words } from './word.ts'
import { textOf } from './word.ts'

/** The problems of traces in MLflow's words, where ours are others. */
export const tracesWords: Words = {
  'traces/evaluation-dataset-not-found': { say: (p) => `Evaluation dataset with id '${textOf(p, 'id')}' not found` },
}

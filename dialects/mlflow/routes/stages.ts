import type { Stage } from '@millrace/model-registry/contract'
import { invalid } from '../wire/mlflow-error.ts'

const stages = ['None', 'Staging', 'Production', 'Archived'] as const

/** A stage as it is written everywhere, from any case. Throws MLflow's sentence. */
export function stageOf(text: string): Stage {
  const stage = stages.find((known) => known.toLowerCase() === text.toLowerCase())
  if (stage !== undefined) return stage
  throw invalid(`Invalid Model Version stage: ${text}. Value must be one of ${stages.join(', ')}.`)
}

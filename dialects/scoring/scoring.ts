/** The scoring protocols of other serving systems, for the data plane: each a dialect that translates to tensors and back. */
export { mlflowScoring } from './mlflow/mlflow-scoring.ts'
export type { MlflowScoringOptions } from './mlflow/mlflow-scoring.ts'
export { scoringProblem } from './mlflow/scoring-problem.ts'
export { valueProblem } from './values/value-problem.ts'
export { scoringDialects, torchserveDoors } from './scoring-dialects.ts'
export type { ScoringOptions } from './scoring-dialects.ts'

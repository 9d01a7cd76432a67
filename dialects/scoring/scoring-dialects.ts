import type { PlaneDialect } from '@millrace/model-serving/plane'
import { azureMl } from './azure/azure-ml.ts'
import type { MlflowScoringOptions } from './mlflow/mlflow-scoring.ts'
import { mlflowScoring } from './mlflow/mlflow-scoring.ts'
import { openAi } from './openai/openai.ts'
import { rootPredict } from './root/root-predict.ts'
import { sagemakerContainer } from './sagemaker/sagemaker-container.ts'
import { sagemakerRuntime } from './sagemaker/sagemaker-runtime.ts'
import { seldonV1 } from './seldon/seldon-v1.ts'
import { torchserveInference } from './torchserve/torchserve-inference.ts'
import { torchserveManagement } from './torchserve/torchserve-management.ts'
import { torchserveMetrics } from './torchserve/torchserve-metrics.ts'
import type { VertexContainerOptions } from './vertex/vertex.ts'
import { vertex, vertexContainer } from './vertex/vertex.ts'

export interface ScoringOptions extends MlflowScoringOptions, VertexContainerOptions {
  /** True inside a SageMaker container. */
  readonly onPlatform?: boolean
}

/** All scoring protocols, in the order in which they are asked whether a request is theirs. */
export function scoringDialects(options: ScoringOptions = {}): readonly PlaneDialect[] {
  return [
    vertexContainer(options),
    sagemakerRuntime,
    sagemakerContainer(options),
    mlflowScoring(options),
    torchserveInference,
    torchserveManagement,
    vertex,
    azureMl(options),
    seldonV1(options),
    openAi(options),
    rootPredict(options),
  ]
}

/** TorchServe's APIs, each for a port of its own. */
export const torchserveDoors: Readonly<
  Record<'torchserve' | 'torchserveManagement' | 'torchserveMetrics', readonly PlaneDialect[]>
> = {
  torchserve: [torchserveInference],
  torchserveManagement: [torchserveManagement],
  torchserveMetrics: [torchserveMetrics],
}

/** The Open Inference Protocol v2 over REST and gRPC, with its extensions, for the data plane. */
export { openInference } from './dialect.ts'
export { inferenceService } from './grpc/inference-service.ts'
export { inferenceProblem } from './inference-problem.ts'
export { readInferRequest } from './read-infer-request.ts'
export type { InferRequest } from './read-infer-request.ts'
export { writeInferResponse } from './write-infer-response.ts'

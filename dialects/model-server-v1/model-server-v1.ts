/** KServe's V1 protocol, TensorFlow Serving over REST and gRPC, and OpenAI's list of models, for the data plane. */
export { modelServerV1 } from './dialect.ts'
export { tensorflowServices } from './grpc/tensorflow-services.ts'
export { v1Problem } from './v1-problem.ts'

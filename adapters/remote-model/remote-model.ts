/**
 * Runs models behind another server: Open Inference, TensorFlow Serving's REST, an OpenAI-style engine. Implements
 * model-serving's `CreateRunner`. It asks whatever address a source names, so sources come from whoever runs the server.
 */
export { createRemoteRunner } from './create-remote-runner.ts'
export { remoteProblem } from './remote-problem.ts'

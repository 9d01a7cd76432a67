/** Runs models in supervised Python processes of their own. Implements model-serving's `CreateRunner` for Python sources. */
export { createPythonRunner } from './create-python-runner.ts'
export { pythonProblem } from './python-problem.ts'
export { ensureEnvironment } from './environment/ensure-environment.ts'
export type { EnvironmentRequest, PythonEnvironment } from './environment/ensure-environment.ts'

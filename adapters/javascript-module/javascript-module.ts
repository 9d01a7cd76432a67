/** Runs models that are JavaScript or TypeScript modules, each in a thread. Implements model-serving's `CreateRunner`. */
export { createModuleRunner } from './create-module-runner.ts'
export { moduleProblem } from './module-problem.ts'

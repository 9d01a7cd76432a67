import type { Words } from './word.ts'
import { textOf } from './word.ts'

/** The problems of model-registry in MLflow's words. */
export const modelRegistryWords: Words = {
  'model-registry/model-not-found': { say: (p) => `Registered Model with name=${textOf(p, 'name')} not found` },
  'model-registry/model-exists': {
    code: 'RESOURCE_ALREADY_EXISTS',
    say: (p) => `Registered Model (name=${textOf(p, 'name')}) already exists.`,
  },
  'model-registry/version-not-found': { say: (p) => `Model Version (${textOf(p, 'what')}) not found` },
  // MLflow answers an unknown alias as a bad parameter, and clients look for that.
  'model-registry/alias-not-found': {
    code: 'INVALID_PARAMETER_VALUE',
    say: (p) => `Registered model alias ${textOf(p, 'alias')} not found.`,
  },
}

import type { Problem } from '@millrace/contract'

/** The codes of MLflow's errors that we answer, with their HTTP status. */
const statuses = {
  BAD_REQUEST: 400,
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const

export type ErrorCode = keyof typeof statuses

/** An error in MLflow's own form. */
export class MlflowError extends Error {
  readonly errorCode: ErrorCode
  constructor(errorCode: ErrorCode, message: string) {
    super(message)
    this.name = 'MlflowError'
    this.errorCode = errorCode
  }
  get status(): number {
    return statuses[this.errorCode]
  }
}

/** What the client sent cannot be used. */
export function invalid(message: string): MlflowError {
  return new MlflowError('INVALID_PARAMETER_VALUE', message)
}

/** A problem of ours in MLflow's words where its clients look at them, in our own sentence elsewhere. */
export function fromProblem(problem: Problem): MlflowError {
  const say = sentences[problem.code]
  return new MlflowError(codes[problem.code] ?? codeOf(problem.status), say?.(problem.params) ?? problem.message)
}

const codes: Readonly<Record<string, ErrorCode>> = {
  'experiment-tracking/experiment-exists': 'RESOURCE_ALREADY_EXISTS',
  'experiment-tracking/run-exists': 'RESOURCE_ALREADY_EXISTS',
  'experiment-tracking/model-exists': 'RESOURCE_ALREADY_EXISTS',
  'model-registry/model-exists': 'RESOURCE_ALREADY_EXISTS',
  'experiment-tracking/experiment-deleted': 'INVALID_PARAMETER_VALUE',
  'experiment-tracking/run-deleted': 'INVALID_PARAMETER_VALUE',
  'experiment-tracking/param-changed': 'INVALID_PARAMETER_VALUE',
  // MLflow answers an unknown alias as a bad parameter, and clients look for that.
  'model-registry/alias-not-found': 'INVALID_PARAMETER_VALUE',
}

type Params = Readonly<Record<string, unknown>>

const sentences: Readonly<Record<string, (params: Params) => string>> = {
  'experiment-tracking/run-not-found': (p) => `Run with id=${text(p, 'id')} not found`,
  'experiment-tracking/run-deleted': (p) =>
    `The run ${text(p, 'id')} must be in the 'active' state. Current state is deleted.`,
  'experiment-tracking/experiment-not-found': (p) => {
    const experiment = text(p, 'experiment')
    return experiment.startsWith('#')
      ? `No Experiment with id=${experiment.slice(1)} exists`
      : `Could not find experiment with name '${experiment}'`
  },
  'experiment-tracking/experiment-exists': (p) =>
    `Experiment(name=${text(p, 'name')}) already exists. It may be deleted; restore it or take another name.`,
  'experiment-tracking/tag-not-found': (p) =>
    `No tag with name: ${text(p, 'key')} in ${text(p, 'where').replace(/^(run|experiment) /, '$1 with id ')}`,
  'experiment-tracking/param-changed': (p) =>
    `Changing param values is not allowed. Param with key='${text(p, 'key')}' was already logged with value='${text(p, 'old')}'. Attempted logging new value '${text(p, 'new')}'.`,
  'experiment-tracking/model-not-found': (p) => `Logged model with ID '${text(p, 'id')}' not found.`,
  'model-registry/model-not-found': (p) => `Registered Model with name=${text(p, 'name')} not found`,
  'model-registry/model-exists': (p) => `Registered Model (name=${text(p, 'name')}) already exists.`,
  'model-registry/version-not-found': (p) => `Model Version (${text(p, 'what')}) not found`,
  'model-registry/alias-not-found': (p) => `Registered model alias ${text(p, 'alias')} not found.`,
}

function text(params: Params, name: string): string {
  const value = params[name]
  return typeof value === 'string' ? value : ''
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHENTICATED'
  if (status === 403) return 'PERMISSION_DENIED'
  if (status === 404) return 'RESOURCE_DOES_NOT_EXIST'
  if (status === 409) return 'RESOURCE_CONFLICT'
  if (status === 503 || status === 507) return 'TEMPORARILY_UNAVAILABLE'
  return status >= 500 ? 'INTERNAL_ERROR' : 'INVALID_PARAMETER_VALUE'
}

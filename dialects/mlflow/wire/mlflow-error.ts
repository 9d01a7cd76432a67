import type { Problem } from '@millrace/contract'
import { accessWords } from './words/access-words.ts'
import { experimentTrackingWords } from './words/experiment-tracking-words.ts'
import { collaborationWords } from './words/collaboration-words.ts'
import { tracesWords } from './words/traces-words.ts'
import { modelRegistryWords } from './words/model-registry-words.ts'
import type { Words } from './words/word.ts'

/** The codes of MLflow's errors, with their HTTP status. */
const statuses = {
  BAD_REQUEST: 400,
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  CUSTOMER_UNAUTHORIZED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  NOT_FOUND: 404,
  ENDPOINT_NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_CONFLICT: 409,
  RESOURCE_EXHAUSTED: 429,
  REQUEST_LIMIT_EXCEEDED: 429,
  FEATURE_DISABLED: 500,
  INTERNAL_ERROR: 500,
  INVALID_STATE: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const

/** What MLflow calls the class of an error, where that is not its code. */
const classes: Partial<Record<ErrorCode, string>> = {
  BAD_REQUEST: 'INVALID_PARAMETER_VALUE',
  CUSTOMER_UNAUTHORIZED: 'PERMISSION_DENIED',
  RESOURCE_DOES_NOT_EXIST: 'RESOURCE_NOT_FOUND',
  NOT_FOUND: 'RESOURCE_NOT_FOUND',
  ENDPOINT_NOT_FOUND: 'RESOURCE_NOT_FOUND',
  INTERNAL_ERROR: 'CLIENT_INTERNAL_ERROR',
  INVALID_STATE: 'CLIENT_INTERNAL_ERROR',
  TEMPORARILY_UNAVAILABLE: 'CLIENT_INTERNAL_ERROR',
}

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

/** An error's answer, as clients read it, with its sentence as the request wants it. */
export function errorBody({ errorCode }: MlflowError, message: string): object {
  const sqlstate = statuses[errorCode] >= 500 ? 'XXM00' : 'KAM00'
  return { error_code: errorCode, message, sqlstate, error_class: classes[errorCode] ?? errorCode }
}

/** What the client sent cannot be used. */
export function invalid(message: string): MlflowError {
  return new MlflowError('INVALID_PARAMETER_VALUE', message)
}

const words: Words = {
  ...accessWords,
  ...experimentTrackingWords,
  ...modelRegistryWords,
  ...collaborationWords,
  ...tracesWords,
}

/** A problem of ours in MLflow's words where its clients look at them, in our own sentence elsewhere. */
export function fromProblem(problem: Problem): MlflowError {
  const word = words[problem.code]
  return new MlflowError(word?.code ?? codeOf(problem.status), word?.say?.(problem.params) ?? problem.message)
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHENTICATED'
  if (status === 403) return 'PERMISSION_DENIED'
  if (status === 404) return 'RESOURCE_DOES_NOT_EXIST'
  if (status === 409) return 'RESOURCE_CONFLICT'
  if (status === 429) return 'REQUEST_LIMIT_EXCEEDED'
  if (status === 503 || status === 507) return 'TEMPORARILY_UNAVAILABLE'
  return status >= 500 ? 'INTERNAL_ERROR' : 'INVALID_PARAMETER_VALUE'
}

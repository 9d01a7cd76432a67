import type { ErrorCode } from '../mlflow-error.ts'

/** A problem's params. */
export type Params = Readonly<Record<string, unknown>>

/** How a problem of ours reads in MLflow: its code and its sentence, each only where clients look at it. */
export interface Word {
  readonly code?: ErrorCode
  readonly say?: (params: Params) => string
}

export type Words = Readonly<Record<string, Word>>

/** A param as text; empty where it is none. */
export function textOf(params: Params, name: string): string {
  const value = params[name]
  return typeof value === 'string' ? value : ''
}

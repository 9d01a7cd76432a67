import { z } from 'zod'
import type { Ref } from '../ids/ids.ts'
import type { ProblemFactory } from '../problem/problem.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The verb of a permission decides which roles have it: viewers read, editors write, approvers approve, admins administer. */
export type PermissionVerb = 'read' | 'write' | 'predict' | 'approve' | 'administer'
export type Permission = `${string}:${PermissionVerb}`

/** What the caller must be allowed, and on what. Without `on` it is the workspace itself. */
export interface Needs<I> {
  readonly permission: Permission
  readonly on?: (input: I) => Ref
}

/**
 * One endpoint of our API, as both sides see it. Its path lies under `/api/millrace/v1/w/{workspace}`
 * (`scope: 'server'`: under `/api/millrace/v1`). Fields of `input` that the path names come from the path; the
 * rest come from the query string (GET, DELETE) or from the JSON body.
 */
export interface Endpoint<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** `domain.verb-noun`, the name in audit records, the CLI and OpenAPI's operationId. */
  readonly name: string
  readonly method: Method
  readonly path: string
  readonly summary: string
  readonly scope: 'workspace' | 'server'
  readonly needs: Needs<z.output<I>>
  readonly input: I
  readonly output: O
  readonly problems: readonly ProblemFactory<never>[]
  /** The answer's status; default 200. */
  readonly status: number
  /** The largest body accepted, in bytes; default the server's limit. */
  readonly bodyLimitBytes?: number
  /** Media type of a body that is not JSON; `input` then says only what path and query hold. */
  readonly bodyType?: string
  /** Media type of an answer that is not JSON; `output` then says nothing. */
  readonly answerType?: string
  /** The answer holds a secret that is shown once: it is never kept for a repeated Idempotency-Key. */
  readonly secretAnswer: boolean
}

export interface EndpointSpec<I extends z.ZodType, O extends z.ZodType> {
  name: string
  method: Method
  path: string
  summary: string
  needs: Needs<z.output<I>>
  input: I
  output: O
  scope?: 'workspace' | 'server'
  problems?: readonly ProblemFactory<never>[]
  status?: number
  bodyLimitBytes?: number
  bodyType?: string
  answerType?: string
  secretAnswer?: boolean
}

/** Declares an endpoint. See `Endpoint`. */
export function endpoint<I extends z.ZodType, O extends z.ZodType>(spec: EndpointSpec<I, O>): Endpoint<I, O> {
  const { bodyLimitBytes, ...rest } = spec
  return {
    scope: 'workspace',
    problems: [],
    status: 200,
    secretAnswer: false,
    ...rest,
    ...(bodyLimitBytes === undefined ? {} : { bodyLimitBytes }),
  }
}

/** The input of an endpoint as its handler sees it. */
export type InputOf<E> = E extends Endpoint<infer I, z.ZodType> ? z.output<I> : never
/** The input of an endpoint as a caller writes it (defaults may be left out). */
export type CallOf<E> = E extends Endpoint<infer I, z.ZodType> ? z.input<I> : never
/** The answer of an endpoint. */
export type AnswerOf<E> = E extends Endpoint<z.ZodType, infer O> ? z.output<O> : never

/** The answer of an act that has nothing to say. */
export const Done = z.object({})

/** Names the path parameters of an endpoint: `/runs/{id}` → `['id']`. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
}

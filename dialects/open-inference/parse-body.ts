import { parseTolerantly } from '@millrace/model-serving/wire'
import { inferenceProblem } from './inference-problem.ts'

/** An object of JSON. */
export type Members = Readonly<Record<string, unknown>>

/** Parses JSON as clients write it. Throws `open-inference/malformed-json`. */
export function parseText(text: string, parse: (text: string) => unknown = parseTolerantly): unknown {
  try {
    return parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw inferenceProblem['malformed-json']({ reason: reason.slice(0, 300) }, error)
  }
}

/** The value as an object. Throws `open-inference/invalid-request` with the given words. */
export function members(value: unknown, otherwise: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw inferenceProblem['invalid-request']({ what: otherwise })
  }
  return value as Members // an object, by the line before
}

/** Its `parameters`; empty when there are none. */
export function parametersOf({ parameters }: Members): Members {
  return parameters === undefined || parameters === null ? {} : members(parameters, '"parameters" must be an object')
}

/** A body that may be empty: then an object with nothing. */
export function membersOfBody(body: Uint8Array): Members {
  if (body.length === 0) return {}
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  return members(parseText(text), 'it must be an object')
}

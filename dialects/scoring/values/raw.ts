import type { IncomingHttpHeaders } from 'node:http'
import type { RawPrediction } from '@millrace/model-serving/plane'
import { plainHeaders } from './paths.ts'

/** Hands a request to a model that reads requests itself, and its answer back as it is. */
export function rawPrediction(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  route?: string,
  more: Readonly<Record<string, string>> = {},
): RawPrediction {
  return {
    raw: { ...(route === undefined ? {} : { route }), headers: plainHeaders(headers), body },
    write: (answer) => ({ ...answer, headers: { ...answer.headers, ...more } }),
  }
}

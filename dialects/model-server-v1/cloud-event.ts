import type { IncomingHttpHeaders } from 'node:http'
import type { WireAnswer } from '@millrace/model-serving/plane'
import type { Members } from './read-request.ts'
import { isMembers } from './read-request.ts'

/** A CloudEvent around a request: in headers (`binary`), or in the body (`structured`). */
export interface CloudEvent {
  readonly mode: 'binary' | 'structured'
  readonly id: string
}

/** The CloudEvent that a request came as, and what is in it (https://cloudevents.io, version 1.0). */
export function openEvent(request: Members, headers: IncomingHttpHeaders): { event?: CloudEvent; inside: Members } {
  if ((headers['content-type'] ?? '').startsWith('application/cloudevents+json')) {
    const { data, id } = request
    return { event: { mode: 'structured', id: typeof id === 'string' ? id : '' }, inside: isMembers(data) ? data : {} }
  }
  if (headers['ce-specversion'] === undefined) return { inside: request }
  return { event: { mode: 'binary', id: String(headers['ce-id'] ?? '') }, inside: request }
}

/** The answer in the form of its question. */
export function wrapAnswer(event: CloudEvent | undefined, endpoint: string, answer: WireAnswer): WireAnswer {
  const { body } = answer
  if (event === undefined || typeof body !== 'string') return answer
  const head = {
    specversion: '1.0',
    id: event.id,
    source: `io.kserve.inference.${endpoint}`,
    type: 'io.kserve.inference.response',
  }
  if (event.mode === 'binary') {
    const headers = Object.fromEntries(Object.entries(head).map(([name, value]) => [`ce-${name}`, value]))
    return { ...answer, headers: { ...answer.headers, ...headers } }
  }
  const opening = JSON.stringify({ ...head, datacontenttype: 'application/json' }).slice(0, -1)
  return {
    ...answer,
    headers: { 'content-type': 'application/cloudevents+json' },
    body: `${opening},"data":${body}}`,
  }
}

import type { Ref } from '@millrace/contract'
import { problems } from '@millrace/contract'

/** How the kernel says no. */
export const kernelProblem = problems('kernel', {
  'invalid-input': {
    status: 400,
    say: (p: { what: string }) => `The request cannot be read: ${p.what}${/[.!?]$/.test(p.what) ? '' : '.'}`,
  },
  'malformed-json': {
    status: 400,
    say: (p: { reason: string }) => `The body is not JSON (${p.reason}). Send one JSON object.`,
  },
  'unsupported-media-type': {
    status: 415,
    say: (p: { got: string }) => `The content type "${p.got}" is not accepted here; send application/json.`,
  },
  'body-too-large': {
    status: 413,
    say: (p: { limitBytes: number }) =>
      `The body is larger than ${p.limitBytes} bytes, the limit of this address. Send it in smaller parts.`,
  },
  'no-such-address': {
    status: 404,
    say: (p: { method: string; path: string }) =>
      `Nothing answers ${p.method} ${p.path}. The list is at /api/millrace/v1/openapi.json.`,
  },
  'host-not-allowed': {
    status: 421,
    say: (p: { host: string }) =>
      `This server does not answer for the host "${p.host}". Start it with --allowed-hosts ${p.host} if it should.`,
  },
  'origin-not-allowed': {
    status: 403,
    say: (p: { origin: string }) => `A page of ${p.origin} may not write here.`,
  },
  'page-header-missing': {
    status: 403,
    say: () => 'A browser’s session writes only from our own pages: they send the header X-Millrace-Page.',
  },
  'too-many-requests': {
    status: 429,
    say: (p: { who: string; retryAfterSeconds: number }) =>
      `${p.who} sends more requests than this server gives one account. Send the next in ${p.retryAfterSeconds} seconds.`,
  },
  'length-required': {
    status: 411,
    say: (p: { who: string }) => `The bodies of ${p.who} are limited, so each has to announce its length.`,
  },
  'idempotency-key-reused': {
    status: 422,
    say: (p: { key: string }) => `The Idempotency-Key "${p.key}" was used for another request. Take a new one.`,
  },
  'revision-conflict': {
    status: 409,
    say: (p: { kind: string; id: string; expected: number; found: number }) =>
      `The ${p.kind} ${p.id} is at revision ${p.found}, not ${p.expected}: somebody changed it in between. Read it again and repeat the change.`,
  },
  held: {
    status: 409,
    say: (p: { what: string; holder: string; reason: string }) =>
      `The ${p.what} is held by the ${p.holder}: ${p.reason}.`,
  },
  internal: {
    status: 500,
    say: (p: { requestId: string }) =>
      `Something went wrong inside Millrace. What was acknowledged before is safe. The log has the cause under request ${p.requestId}.`,
  },
  stopping: { status: 503, say: () => 'This server is stopping. Send it again in a moment.' },
})

/** Throws `kernel/revision-conflict` when the caller saw another revision than the one that is there. */
export function expectRevision(on: Ref, expected: number | undefined, found: number): void {
  if (expected !== undefined && expected !== found) {
    throw kernelProblem['revision-conflict']({ kind: on.kind, id: on.id, expected, found })
  }
}

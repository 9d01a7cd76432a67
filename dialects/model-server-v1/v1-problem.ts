import { problems } from '@millrace/contract'

/** What can be wrong with a request of these protocols: the caller's mistake, 400; or a part that is not here, 501. */
export const v1Problem = problems('model-server-v1', {
  'malformed-json': { status: 400, say: (p: { reason: string }) => `JSON Parse error: ${p.reason}` },
  'malformed-message': {
    status: 400,
    say: (p: { reason: string }) => `The message is not one of this method: ${p.reason}.`,
  },
  'invalid-request': { status: 400, say: (p: { what: string }) => `The request cannot be read: ${p.what}.` },
  'invalid-value': {
    status: 400,
    say: (p: { name: string; what: string }) => `The input "${p.name}" cannot be read: ${p.what}.`,
  },
  'unknown-signature': {
    status: 400,
    say: (p: { name: string }) =>
      `Serving signature name: "${p.name}" not found in signature def. Models have the signature "serving_default" here.`,
  },
  'unfit-outputs': {
    status: 400,
    say: (p: { what: string }) => `The model's outputs do not fit this method: ${p.what}.`,
  },
  'unknown-model': {
    status: 404,
    say: (p: { name: string; version: string }) =>
      p.version === ''
        ? `Servable not found for request: Latest(${p.name})`
        : `Servable not found for request: Specific(${p.name}, ${p.version})`,
  },
  'wrong-verb': { status: 405, say: (p: { path: string; takes: string }) => `${p.path} takes ${p.takes}.` },
  'not-here': { status: 501, say: (p: { what: string }) => p.what },
})

import { problems } from '@millrace/contract'

/** What can be wrong with an inference request: the caller's mistake, 400; or a part of the protocol that is not here, 501. */
export const inferenceProblem = problems('open-inference', {
  'malformed-json': { status: 400, say: (p: { reason: string }) => `The request is not JSON: ${p.reason}` },
  'malformed-message': {
    status: 400,
    say: (p: { reason: string }) => `The message is not one of this method: ${p.reason}.`,
  },
  'invalid-request': {
    status: 400,
    say: (p: { what: string }) => `The request is not an inference request: ${p.what}.`,
  },
  'invalid-tensor': {
    status: 400,
    say: (p: { name: string; what: string }) => `The input "${p.name}" cannot be read: ${p.what}.`,
  },
  'header-length': {
    status: 400,
    say: (p: { got: string; bodyBytes: number }) =>
      `The header Inference-Header-Content-Length is "${p.got}"; it must be the length of the JSON at the start of the body, which has ${p.bodyBytes} bytes.`,
  },
  'binary-size': {
    status: 400,
    say: (p: { name: string; announced: number; left: number }) =>
      `The input "${p.name}" announces ${p.announced} bytes of binary data, but ${p.left} are left in the body.`,
  },
  'binary-left': {
    status: 400,
    say: (p: { left: number }) => `The body has ${p.left} bytes after the last input's binary data.`,
  },
  'unknown-model': {
    status: 404,
    say: (p: { name: string; version: string }) =>
      `Request for unknown model: '${p.name}'${p.version === '' ? '' : ` version ${p.version}`} is not found.`,
  },
  'wrong-verb': {
    status: 405,
    say: (p: { path: string; takes: string }) => `${p.path} takes ${p.takes}.`,
  },
  'not-here': { status: 501, say: (p: { what: string }) => p.what },
})

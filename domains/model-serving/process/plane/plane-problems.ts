import { problems } from '@millrace/contract'

/** How the data plane says no. */
export const planeProblem = problems('model-serving/plane', {
  'no-such-address': {
    status: 404,
    say: (p: { method: string; path: string }) =>
      `Nothing answers ${p.method} ${p.path} here. Predictions go to POST /v2/models/{endpoint}/infer or POST /endpoints/{endpoint}/predict.`,
  },
  starting: {
    status: 503,
    say: () => 'This process has just started and does not know its endpoints yet. Send it again in a moment.',
  },
  'unknown-endpoint': {
    status: 404,
    say: (p: { name: string }) =>
      `Request for unknown model: '${p.name}' is not found. There is no endpoint of this name.`,
  },
  'unknown-version': {
    status: 404,
    say: (p: { name: string; version: string }) => `The endpoint '${p.name}' does not serve version ${p.version}.`,
  },
  'cannot-manage': {
    status: 501,
    say: () =>
      'Models are loaded and unloaded here through their endpoints. Start the server with --model-repository to manage them through this protocol.',
  },
  'takes-no-raw': {
    status: 400,
    say: (p: { name: string }) =>
      `The endpoint '${p.name}' has a model that takes tensors by name; send it a request of a protocol that carries them.`,
  },
  'not-ready': {
    status: 503,
    say: (p: { name: string }) =>
      `The endpoint '${p.name}' has no model that is ready. Deploy a version, or send it again in a moment.`,
  },
  'model-failed': {
    status: 500,
    say: (p: { reason: string }) => `The model could not compute this: ${p.reason}`,
  },
  busy: {
    status: 503,
    say: () => 'The endpoint has more waiting requests than it may hold. Send it again in a moment.',
  },
  'not-logged': {
    status: 503,
    say: (p: { reason: string }) =>
      `The prediction was not given out because it could not be logged (${p.reason}). Make room on the server's disk, or switch logging off for this endpoint.`,
  },
  'body-too-large': {
    status: 413,
    say: (p: { limitBytes: number }) => `The body is larger than ${p.limitBytes} bytes, the limit of this server.`,
  },
  encoding: { status: 400, say: (p: { reason: string }) => `The compressed body cannot be read: ${p.reason}.` },
  'host-not-allowed': {
    status: 421,
    say: (p: { host: string }) =>
      `This server does not answer for the host "${p.host}". Start it with --allowed-hosts ${p.host} if it should.`,
  },
  'origin-not-allowed': { status: 403, say: (p: { origin: string }) => `A page of ${p.origin} may not predict here.` },
  internal: { status: 500, say: () => 'Something went wrong inside the data plane; its log has the cause.' },
})

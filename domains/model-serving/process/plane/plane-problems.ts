import { Problem, problems } from '@millrace/contract'

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
  'model-output': {
    status: 500,
    say: (p: { what: string }) => `The model's answer is not what its signature promises: ${p.what}.`,
  },
  'model-gone': {
    status: 503,
    say: () => 'The model’s thread or process ended while it computed this. It is started again; send it again.',
  },
  'model-hung': {
    status: 504,
    say: (p: { seconds: number }) =>
      `The model did not come back within ${p.seconds} seconds. It was ended and is started again.`,
  },
  'model-not-loaded': {
    status: 503,
    say: (p: { name: string; reason: string }) =>
      `The model of the endpoint '${p.name}' could not be loaded: ${p.reason}`,
  },
  'deadline-exceeded': {
    status: 504,
    say: () => 'The prediction was not ready in the time that this request or its endpoint allows.',
  },
  'caller-left': { status: 499, say: () => 'The caller has left before the answer.' },
  'over-quota': {
    status: 429,
    say: (p: { requestsPerSecond: number }) =>
      `You have sent more than ${p.requestsPerSecond} requests per second, this endpoint's limit for a caller. Send it again in a moment.`,
  },
  'over-concurrency': {
    status: 429,
    say: (p: { maxConcurrency: number }) =>
      `The endpoint has ${p.maxConcurrency} requests under way, as many as it may have. Send it again in a moment.`,
  },
  'takes-no-tensors': {
    status: 400,
    say: (p: { name: string }) =>
      `The endpoint '${p.name}' has a model that reads requests itself; send it one in the form that it takes.`,
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

/** A runtime that says no with a Problem (a worker that died, an upstream that is busy) knows its status. */
export function modelFailure(error: unknown): Problem {
  if (error instanceof Problem && error.status > 500) return error
  return planeProblem['model-failed']({ reason: error instanceof Error ? error.message : String(error) }, error)
}

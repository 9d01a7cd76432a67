import { problems } from '@millrace/contract'

/** Why a model that Python runs cannot be served, or could not answer. */
export const pythonProblem = problems('python-worker', {
  unusable: { status: 422, say: (p: { reason: string }) => `The model cannot be served by Python: ${p.reason}.` },
  'no-interpreter': {
    status: 422,
    say: (p: { python: string; reason: string }) =>
      `The Python interpreter ${p.python} cannot be started: ${p.reason}. Name one with --serving-python.`,
  },
  environment: {
    status: 422,
    say: (p: { reason: string }) =>
      `The Python environment that the model asks for cannot be made: ${p.reason}. Install it by hand and name its interpreter with --serving-python.`,
  },
  'bad-input': { status: 400, say: (p: { reason: string }) => `The model does not take this: ${p.reason}.` },
  failed: { status: 500, say: (p: { reason: string }) => `The model could not compute this: ${p.reason}` },
  'worker-ended': {
    status: 503,
    say: (p: { how: string }) =>
      `The model's process ended while it computed this (${p.how}). It starts again; send the request again in a moment.`,
  },
  'not-running': {
    status: 503,
    say: () => 'The model’s process is being started again. Send the request again in a moment.',
  },
  'run-timed-out': {
    status: 504,
    say: (p: { limitMs: number }) =>
      `The model did not answer within ${p.limitMs} ms, so its process was ended and is started again.`,
  },
  'wrong-output': {
    status: 500,
    say: (p: { reason: string }) => `The model's process answered what cannot be read: ${p.reason}.`,
  },
})

import { problems } from '@millrace/contract'

/** Why a module cannot be served, or could not answer. */
export const moduleProblem = problems('javascript-module', {
  untrusted: {
    status: 422,
    say: (p: { name: string }) =>
      `The module ${p.name} is code that came with a registered model, and JavaScript cannot be shut in here. Start the server with --trust-models if all who may register models may run code on it, or serve the module from --model-repository.`,
  },
  unusable: { status: 422, say: (p: { reason: string }) => `The module cannot be served: ${p.reason}.` },
  failed: { status: 500, say: (p: { reason: string }) => `The module could not compute this: ${p.reason}` },
  'timed-out': {
    status: 504,
    say: (p: { limitMs: number }) =>
      `The module did not answer within ${p.limitMs} ms, so its thread was ended and is started again.`,
  },
  'not-running': {
    status: 503,
    say: () => 'The module’s thread is being started again. Send the request again in a moment.',
  },
})

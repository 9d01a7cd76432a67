import { problems } from '@millrace/contract'

/** What went wrong between this server and a model behind another. */
export const remoteProblem = problems('remote-model', {
  unreachable: {
    status: 502,
    say: (p: { url: string; reason: string }) => `The server of this model, ${p.url}, cannot be reached: ${p.reason}.`,
  },
  'timed-out': {
    status: 504,
    say: (p: { url: string; limitMs: number }) =>
      `The server of this model, ${p.url}, did not answer within ${p.limitMs} ms.`,
  },
  refused: {
    status: 502,
    say: (p: { url: string; status: number; reason: string }) =>
      `The server of this model, ${p.url}, answered ${p.status}: ${p.reason}`,
  },
  'bad-input': {
    status: 400,
    say: (p: { reason: string }) => `The model's own server does not take this: ${p.reason}`,
  },
  'not-understood': {
    status: 502,
    say: (p: { url: string; reason: string }) =>
      `The server of this model, ${p.url}, answered what its protocol does not have: ${p.reason}.`,
  },
})

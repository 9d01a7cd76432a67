import { problems } from '@millrace/contract'

/** How the readers say no. */
export const readerProblem = problems('readers', {
  busy: {
    status: 503,
    say: (p: { waiting: number }) => `${p.waiting} searches wait already. Send it again in a moment.`,
  },
  // Not a 5xx: clients of other systems repeat those by themselves, and the same search would be as slow again.
  'too-slow': {
    status: 422,
    say: (p: { seconds: number }) =>
      `The search took longer than ${p.seconds} s and was stopped. Narrow it: fewer experiments, fewer rows, a filter on an indexed field.`,
  },
  cancelled: { status: 499, say: () => 'The client left before the answer was ready.' },
  stopped: { status: 503, say: () => 'The thread that searched ended. Nothing was changed; send it again.' },
})

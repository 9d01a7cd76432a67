import { Done, endpoint, page, PageQuery, problems } from '@millrace/contract'
import { z } from 'zod'

export const deliveryProblem = problems('events', {
  'not-found': {
    status: 404,
    say: (p: { eventId: string; subscriber: string }) => `No dead letter ${p.eventId} lies with ${p.subscriber}.`,
  },
})

/** A delivery that failed ten times and waits for a person. It holds back later events of its subject. */
export const DeadLetter = z.object({
  eventId: z.string(),
  subscriber: z.string(),
  name: z.string(),
  subject: z.string(),
  payload: z.unknown(),
  error: z.string(),
  attempts: z.int(),
  atMs: z.int(),
})

export const listDeadLetters = endpoint({
  name: 'events.list-dead-letters',
  method: 'GET',
  path: '/dead-letters',
  summary: 'Lists deliveries that failed too often',
  needs: { permission: 'events:read' },
  input: PageQuery,
  output: page(DeadLetter),
})

export const settleDeadLetter = endpoint({
  name: 'events.settle-dead-letter',
  method: 'POST',
  path: '/dead-letters/{eventId}/{decision}',
  summary: 'Delivers a dead letter again, or drops it',
  needs: { permission: 'events:administer' },
  input: z.object({ eventId: z.string(), decision: z.enum(['replay', 'drop']), subscriber: z.string() }),
  output: Done,
  problems: [deliveryProblem['not-found']],
})

import { problems } from '@millrace/contract'

/** Every way this domain says no. */
export const problem = problems('collaboration', {
  'webhook-not-found': { status: 404, say: (p: { id: string }) => `There is no webhook ${p.id}.` },
  'channel-not-found': {
    status: 404,
    say: (p: { name: string }) =>
      `There is no notification channel "${p.name}". Make it with PUT /notification-channels/{name}.`,
  },
  'channel-in-use': {
    status: 409,
    say: (p: { name: string; rule: string }) =>
      `The rule "${p.rule}" sends to "${p.name}". Change or delete the rule first.`,
  },
  'rule-not-found': { status: 404, say: (p: { name: string }) => `There is no notification rule "${p.name}".` },
  'unknown-event': {
    status: 400,
    say: (p: { name: string }) =>
      `There is no event "${p.name}". Write run.finished, run.failed, run.stalled, the name of an event, or the start of names ending in "*".`,
  },
  'no-mail-server': {
    status: 409,
    say: () => 'This server sends no mail. Start it with --smtp-url smtp://user:password@host:587 and --mail-from.',
  },
  'comment-not-found': { status: 404, say: (p: { id: string }) => `There is no comment ${p.id}.` },
  'not-your-comment': {
    status: 403,
    say: (p: { who: string }) => `${p.who} wrote this comment; only its author changes or deletes it.`,
  },
  'view-not-found': {
    status: 404,
    say: (p: { page: string; name: string }) => `There is no saved view "${p.name}" of ${p.page}.`,
  },
})

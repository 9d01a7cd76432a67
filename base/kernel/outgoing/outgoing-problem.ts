import { problems } from '@millrace/contract'

/** Why nothing is sent to an address, and what went wrong on the way. */
export const outgoingProblem = problems('outgoing', {
  'bad-address': {
    status: 400,
    say: (p: { url: string; reason: string }) => `"${p.url}" is not an address to send to: ${p.reason}.`,
  },
  'scheme-refused': {
    status: 400,
    say: (p: { scheme: string; allowed: string }) =>
      `Nothing is sent over "${p.scheme}". Allowed is ${p.allowed}; the setting --webhook-schemes says so.`,
  },
  unresolved: {
    status: 400,
    say: (p: { host: string; reason: string }) => `The name "${p.host}" cannot be resolved: ${p.reason}.`,
  },
  'private-address': {
    status: 400,
    say: (p: { host: string; address: string }) =>
      `"${p.host}" is ${p.address}, which is no public address. Where that is meant, set --webhook-private-addresses true.`,
  },
  failed: { status: 502, say: (p: { host: string; reason: string }) => `${p.host} could not be reached: ${p.reason}.` },
})

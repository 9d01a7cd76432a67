import { problems } from '@millrace/contract'

/** How sealing says no. */
export const secretsProblem = problems('secrets', {
  'unreadable-keys': {
    status: 400,
    say: (p: { path: string; reason: string }) =>
      `The key file ${p.path} cannot be used: ${p.reason}. Name another with --secrets-key-file.`,
  },
  'no-key': {
    status: 503,
    say: (p: { keyId: string }) =>
      `This secret was sealed with the key ${p.keyId}, which this server does not have. Give it the key file of the server that sealed it (--secrets-key-file), or set the secret again.`,
  },
  damaged: {
    status: 503,
    say: () => 'This stored secret cannot be opened: it is damaged. Set it again.',
  },
  'keys-from-environment': {
    status: 409,
    say: () =>
      'This server takes its key from the environment, so it cannot make another. Put the new key into MILLRACE_SECRETS_KEY, the old one into MILLRACE_SECRETS_OLD_KEYS, start again, and rotate then.',
  },
})

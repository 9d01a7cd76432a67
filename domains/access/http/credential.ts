/** What a request shows to say whose it is. */
export type Credential =
  | { readonly kind: 'token'; readonly secret: string }
  | { readonly kind: 'session'; readonly secret: string }
  | { readonly kind: 'password'; readonly workspace: string; readonly name: string; readonly password: string }

/**
 * Reads the Authorization header, else the session's cookie. In Basic (RFC 7617) a password that begins with `mlr_` is
 * a token, whatever the name; another one belongs to the account of that name, in `default` or as `workspace/name`.
 */
export function credentialOf(
  authorization: string | undefined,
  sessionSecret: string | undefined,
): Credential | 'unreadable' | undefined {
  if (authorization === undefined)
    return sessionSecret === undefined ? undefined : { kind: 'session', secret: sessionSecret }
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', secret: credentials }
  if (scheme.toLowerCase() !== 'basic') return 'unreadable'
  return basicCredential(Buffer.from(credentials, 'base64').toString('utf8'))
}

function basicCredential(pair: string): Credential | 'unreadable' {
  const colon = pair.indexOf(':')
  if (colon < 0) return 'unreadable'
  const [account, password] = [pair.slice(0, colon), pair.slice(colon + 1)]
  // An administrator's own token may have any form; it is never the password of nobody.
  if (password.startsWith('mlr_') || account === '') return { kind: 'token', secret: password }
  const slash = account.indexOf('/')
  const workspace = slash < 0 ? 'default' : account.slice(0, slash)
  return { kind: 'password', workspace, name: account.slice(slash + 1), password }
}

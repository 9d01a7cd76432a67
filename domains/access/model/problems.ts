import { problems } from '@millrace/contract'

/** Every way access says no. */
export const accessProblem = problems('access', {
  unauthenticated: {
    status: 401,
    say: (p: { reason: string }) =>
      `${p.reason} Send "Authorization: Bearer mlr_…" with a token of this server; an administrator makes one with POST /tokens.`,
  },
  forbidden: {
    status: 403,
    say: (p: { who: string; permission: string; on: string; roles: string }) =>
      `${p.who} may not do this: it needs ${p.permission} on ${p.on}. Ask an administrator for one of the roles ${p.roles}.`,
  },
  'out-of-scope': {
    status: 403,
    say: (p: { permission: string; scopes: string }) =>
      `This token does not reach that far: it needs ${p.permission}, and the token is limited to ${p.scopes}.`,
  },
  'no-such-workspace': {
    status: 404,
    say: (p: { workspace: string }) =>
      `There is no workspace "${p.workspace}". GET /api/millrace/v1/workspaces lists them.`,
  },
  'no-such-user': { status: 404, say: (p: { user: string }) => `There is no account "${p.user}" in this workspace.` },
  'no-such-token': { status: 404, say: (p: { id: string }) => `There is no token ${p.id} in this workspace.` },
  'no-such-role': {
    status: 404,
    say: (p: { role: string }) => `There is no role "${p.role}". GET /roles lists them; PUT /roles/${p.role} makes it.`,
  },
  'no-such-grant': { status: 404, say: (p: { id: string }) => `There is no grant ${p.id} in this workspace.` },
  'name-taken': {
    status: 409,
    say: (p: { what: string; name: string }) => `There is ${p.what} "${p.name}" already. Choose another name.`,
  },
  disabled: {
    status: 409,
    say: (p: { user: string }) => `The account "${p.user}" is disabled; it gets no new tokens or grants.`,
  },
  'expiry-in-the-past': {
    status: 400,
    say: (p: { expiresAtMs: number }) => `expiresAtMs ${p.expiresAtMs} is in the past. Give a later time, or none.`,
  },
  'scope-too-wide': {
    status: 403,
    say: (p: { scope: string }) => `The token in use does not reach "${p.scope}", so it cannot make one that does.`,
  },
  'built-in-role': {
    status: 409,
    say: (p: { role: string }) => `The role "${p.role}" is built in and stays as it is. Give your role another name.`,
  },
  'above-you': {
    status: 403,
    say: (p: { user: string }) =>
      `"${p.user}" administers the whole server; only another of its administrators may do this.`,
  },
  'no-account': {
    status: 409,
    say: () => 'This request is nobody’s account, so it has no password, tokens or sessions of its own.',
  },
  'wrong-password': { status: 401, say: () => 'The name or the password is wrong.' },
  'wrong-current-password': { status: 400, say: () => 'The current password is not this one; nothing was changed.' },
  'same-password': { status: 400, say: () => 'The new password is the old one. Choose another.' },
  'too-many-attempts': {
    status: 429,
    say: (p: { retryAfterSeconds: number }) =>
      `Too many attempts with a wrong password. Try again in ${p.retryAfterSeconds} seconds; tokens and open sessions go on working.`,
  },
  'no-such-session': { status: 404, say: (p: { id: string }) => `There is no session ${p.id} of yours.` },
  'last-administrator': {
    status: 409,
    say: (p: { user: string }) =>
      `"${p.user}" is the last administrator who can still sign in. Make another one first.`,
  },
  'no-such-group': { status: 404, say: (p: { group: string }) => `There is no group "${p.group}" in this workspace.` },
  'not-a-member': {
    status: 404,
    say: (p: { user: string; group: string }) => `"${p.user}" is not in the group "${p.group}".`,
  },
  'default-workspace': {
    status: 409,
    say: () => 'The workspace "default" is always there: it is neither renamed nor deleted.',
  },
  'workspace-not-empty': {
    status: 409,
    say: (p: { workspace: string; holds: string }) =>
      `The workspace "${p.workspace}" still holds ${p.holds}. Delete or move them first.`,
  },
  'no-sign-in-provider': {
    status: 404,
    say: () => 'This server has no OpenID Connect provider. Start it with --oidc-issuer and --oidc-client-id.',
  },
  'sign-in-failed': {
    status: 401,
    say: (p: { reason: string }) => `The sign-in did not succeed: ${p.reason}. Start it again from the first page.`,
  },
  'bad-auth-config': {
    status: 400,
    say: (p: { path: string; reason: string }) => `${p.path} (MLFLOW_AUTH_CONFIG_PATH) cannot be used: ${p.reason}.`,
  },
  'no-admin-password': {
    status: 400,
    say: () =>
      'With --app-name basic-auth beyond loopback the administrator needs a password of your own: put admin_password into the file of MLFLOW_AUTH_CONFIG_PATH, or set MLFLOW_AUTH_ADMIN_PASSWORD, to at least 12 characters.',
  },
  'unsafe-binding': {
    status: 400,
    say: (p: { host: string }) =>
      `Listening on ${p.host} would open this server to the network without accounts. Start it with "--auth required": its first start prints an administrator's token once, or takes the one in MILLRACE_ADMIN_TOKEN. Or listen on 127.0.0.1.`,
  },
  'weak-admin-token': {
    status: 400,
    say: (p: { minLength: number }) =>
      `MILLRACE_ADMIN_TOKEN is too short. Give it at least ${p.minLength} random characters, for example from "openssl rand -hex 32".`,
  },
})

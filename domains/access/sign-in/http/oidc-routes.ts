import type { Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Configuration } from 'openid-client'
import { z } from 'zod'
import { accessProblem } from '../../contract.ts'
import { isLoopback } from '../../model/loopback.ts'
import { admitIdentity } from '../actions/admit-identity.ts'
import { readGroupRoles } from '../model/group-roles.ts'
import { safeReturn } from '../model/safe-return.ts'
import { cookieOf, writeCookie } from './session-cookie.ts'
import { startSession } from './session-routes.ts'

const startPath = '/api/millrace/v1/session/oidc'
const callbackPath = `${startPath}/callback`
const pendingCookie = 'millrace_sign_in'
const pendingSeconds = 600

/** What the browser carries, sealed, from here to the provider and back. */
const Pending = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  expiresAtMs: z.number(),
})
type Pending = z.infer<typeof Pending>

/** `GET /session/oidc?returnTo=` and its callback: OpenID Connect's code flow with PKCE, state and nonce. */
export function routeOidc(app: FastifyInstance, runtime: Runtime): void {
  const provider = createProvider(runtime)
  app.get(startPath, async (request, reply) => {
    const client = await import('openid-client')
    const configuration = await provider.configuration()
    const { returnTo } = z.object({ returnTo: z.string().optional() }).parse(request.query)
    const pending: Pending = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      returnTo: safeReturn(returnTo, runtime.config.basePath),
      expiresAtMs: runtime.nowMs() + pendingSeconds * 1000,
    }
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: callbackAddress(runtime, request),
      scope: runtime.config.oidcScopes,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    })
    writePending(runtime, request, reply, runtime.secrets.seal(JSON.stringify(pending)), pendingSeconds)
    return reply.redirect(url.href, 302)
  })
  app.get(callbackPath, async (request, reply) => {
    const pending = pendingOf(runtime, request)
    writePending(runtime, request, reply, '', 0)
    const person = await exchange(runtime, await provider.configuration(), request, pending)
    const userId = await admit(runtime, request, person)
    await startSession(runtime, request, reply, { userId, method: 'oidc' })
    return reply.redirect(pending.returnTo, 302)
  })
}

interface Provider {
  /** What the provider says of itself; asked once, and again after a failure. Throws `access/no-sign-in-provider`. */
  configuration(): Promise<Configuration>
}

function createProvider({ config }: Runtime): Provider {
  let known: Promise<Configuration> | undefined
  const discover = async (): Promise<Configuration> => {
    const { oidcIssuer, oidcClientId, oidcClientSecret } = config
    if (oidcIssuer === undefined || oidcClientId === undefined) throw accessProblem['no-sign-in-provider']({})
    const client = await import('openid-client')
    const issuer = new URL(oidcIssuer)
    // Only a provider on this machine may speak without TLS.
    const execute = issuer.protocol === 'http:' && isLoopback(issuer.hostname) ? [client.allowInsecureRequests] : []
    return client.discovery(issuer, oidcClientId, oidcClientSecret, undefined, { execute })
  }
  return {
    configuration: () =>
      (known ??= discover().catch((error: unknown) => {
        known = undefined
        throw accessProblem['no-sign-in-provider'].is(error) ? error : failure('the provider cannot be reached', error)
      })),
  }
}

/** Who somebody is, as the provider says. */
interface Person {
  readonly issuer: string
  readonly subject: string
  readonly name: string
  readonly groups: readonly string[]
}

async function exchange(
  { config }: Runtime,
  configuration: Configuration,
  request: FastifyRequest,
  pending: Pending,
): Promise<Person> {
  const client = await import('openid-client')
  const address = new URL(request.url, `${request.protocol}://${request.host}`)
  const tokens = await client
    .authorizationCodeGrant(configuration, address, {
      pkceCodeVerifier: pending.verifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    })
    .catch((error: unknown) => {
      throw failure('the provider did not confirm it', error)
    })
  const claims = tokens.claims()
  if (claims === undefined) throw failure('the provider sent no identity')
  const info = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub).catch(() => ({}))
  const all: Record<string, unknown> = { ...claims, ...info }
  const groups = z.array(z.string()).catch([]).parse(all[config.oidcGroupsClaim])
  return { issuer: claims.iss, subject: claims.sub, name: nameIn(all, claims.sub), groups }
}

/** A name for the account: what the provider calls the person, without what names may not hold. */
function nameIn(claims: Readonly<Record<string, unknown>>, subject: string): string {
  const said = ['preferred_username', 'email', 'name'].map((claim) => claims[claim])
  const name = said.find((value): value is string => typeof value === 'string' && value !== '') ?? subject
  const clean = name
    .replaceAll(/[:/\\\p{C}]/gu, '-')
    .trim()
    .slice(0, 100)
  return clean === '' ? 'somebody' : clean
}

async function admit(runtime: Runtime, request: FastifyRequest, { groups, ...person }: Person): Promise<string> {
  const rules = readGroupRoles(runtime.config.oidcRoles)
  const input = { ...person, roles: rules.rolesOf(groups), managedRoles: [...rules.managed] }
  const context = { actor: systemActor('access'), workspace: 'default', requestId: request.id }
  const { id } = await runtime.runner.act(admitIdentity, input, context)
  return id
}

function pendingOf(runtime: Runtime, request: FastifyRequest): Pending {
  const sealed = cookieOf(request.headers, pendingCookie)
  if (sealed === undefined) throw failure('this browser did not begin it, or too long ago')
  try {
    const pending = Pending.parse(JSON.parse(runtime.secrets.open(sealed)))
    if (pending.expiresAtMs > runtime.nowMs()) return pending
  } catch (error) {
    throw failure('this browser did not begin it', error)
  }
  throw failure('it took too long')
}

/** The Host was checked against those this server answers for, so it can be trusted here. */
function callbackAddress({ config }: Runtime, request: FastifyRequest): string {
  // Written as the provider will see it again: without a port that goes without saying.
  return new URL(`${config.basePath}${callbackPath}`, `${request.protocol}://${request.host}`).href
}

function writePending(
  { config }: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
  value: string,
  maxAge: number,
): void {
  writeCookie(request, reply, pendingCookie, value, { path: `${config.basePath}${startPath}`, maxAge })
}

function failure(reason: string, cause?: unknown) {
  return accessProblem['sign-in-failed']({ reason }, cause)
}

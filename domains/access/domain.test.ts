import { endpoint, ref } from '@millrace/contract'
import type { Actor, Domain, Runtime } from '@millrace/kernel'
import { operations } from '@millrace/kernel'
import type { OpenStore } from '@millrace/kernel/testing'
import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { accessProblem } from './contract.ts'
import {
  createAccess,
  createAuthenticate,
  createAuthorizer,
  createToken,
  createUser,
  issueJobToken,
  refuseUnsafeBinding,
} from './domain.ts'

const { query } = operations(() => ({}))
const verbs = ['read', 'write', 'predict', 'approve', 'administer'] as const

// A miniature domain with one query per verb, on a thing that lies in a box.
const uses = verbs.map((verb) =>
  query(
    endpoint({
      name: `things.${verb}`,
      method: 'GET',
      path: `/things/{id}/${verb}`,
      summary: verb,
      needs: { permission: `things:${verb}`, on: (input) => ref('thing', input.id) },
      input: z.object({ id: z.string() }),
      output: z.object({}),
    }),
    async () => ({}),
  ),
)
const things: Domain = {
  name: 'things',
  migrations: {},
  operations: uses,
  resources: [
    { kind: 'thing', parent: async (_scope, id) => ref('box', id.charAt(0)) },
    { kind: 'box', parent: async () => undefined },
  ],
}

async function start(
  openStore: OpenStore,
  settings: readonly string[] = [],
  announced: string[] = [],
  adminToken?: string,
) {
  return testKernel({
    database: await openStore(),
    settings,
    ports: ({ resources, database, nowMs, config }) => ({
      authorizer: createAuthorizer({ resources }),
      authenticate: createAuthenticate({ database, config, nowMs }),
      audit: { record: async () => {} },
      lineage: { add: async () => {} },
    }),
    domains: (runtime) => [
      createAccess(runtime, {
        announce: (token) => void announced.push(token),
        ...(adminToken === undefined ? {} : { adminToken }),
      }),
      things,
    ],
  })
}
type Started = Awaited<ReturnType<typeof start>>

const local: Actor = { id: 'local', kind: 'local', name: 'local' }
const api = '/api/millrace/v1/w/default'

async function aTokenFor(
  t: Started,
  name: string,
  roles: string[],
  more: { scopes?: string[]; expiresAtMs?: number } = {},
) {
  const user = await t.act(createUser, { name, roles }, { as: local })
  const { id, token } = await t.act(createToken, { user: name, name: 'laptop', ...more }, { as: local })
  return { user, id, bearer: { authorization: `Bearer ${token}` }, token }
}

const get = (t: Started, url: string, headers: Record<string, string> = {}) =>
  t.app.inject({ url: `${api}${url}`, headers })
const post = (t: Started, url: string, payload: object, headers: Record<string, string> = {}) =>
  t.app.inject({ method: 'POST', url: `${api}${url}`, payload, headers })

onEachStore((openStore) => {
  describe('roles', () => {
    const allowed: Record<string, readonly string[]> = {
      viewer: ['read'],
      editor: ['read', 'write', 'predict'],
      approver: ['read', 'approve', 'predict'],
      admin: verbs,
      none: [],
    }
    it.each(Object.keys(allowed))('lets %s do what the role says, over HTTP', async (role) => {
      const t = await start(openStore)
      const { bearer } = await aTokenFor(t, 'ann', role === 'none' ? [] : [role])
      for (const verb of verbs) {
        const answer = await get(t, `/things/a1/${verb}`, bearer)
        expect({ verb, status: answer.statusCode }).toEqual({
          verb,
          status: allowed[role]?.includes(verb) === true ? 200 : 403,
        })
      }
    })
    it('says in a refusal which roles would do', async () => {
      const t = await start(openStore)
      const { bearer } = await aTokenFor(t, 'ann', ['viewer'])
      const refused = (await get(t, '/things/a1/write', bearer)).json<{ code: string; detail: string }>()
      expect(refused.code).toBe('access/forbidden')
      expect(refused.detail).toBe(
        'ann may not do this: it needs things:write on the thing a1. Ask an administrator for one of the roles editor, admin.',
      )
    })
    it('can be made, and put twice changes nothing', async () => {
      const t = await start(openStore)
      const role = { permissions: ['things:write', 'read'] }
      const put = () => t.app.inject({ method: 'PUT', url: `${api}/roles/labeller`, payload: role })
      expect((await put()).json()).toMatchObject({ name: 'labeller', spec: role })
      expect((await put()).json()).toMatchObject({ spec: { description: '', ...role } })
      expect(await t.events('access.role.changed')).toHaveLength(1)
      const { bearer } = await aTokenFor(t, 'ann', ['labeller'])
      expect((await get(t, '/things/a1/write', bearer)).statusCode).toBe(200)
      expect((await get(t, '/things/a1/approve', bearer)).statusCode).toBe(403)
      expect((await get(t, '/roles/labeller')).json()).toMatchObject({ spec: { description: '', ...role } })
    })
    it('refuses to change a built-in role or to give one that is not there', async () => {
      const t = await start(openStore)
      const put = await t.app.inject({ method: 'PUT', url: `${api}/roles/admin`, payload: { permissions: ['read'] } })
      expect(put.json()).toMatchObject({ status: 409, code: 'access/built-in-role' })
      expect((await post(t, '/users', { name: 'bo', roles: ['king'] })).json()).toMatchObject({ status: 404 })
      expect((await get(t, '/users')).json()).toEqual({ items: [] })
    })
  })

  describe('grants', () => {
    const give = (t: Started, grant: object) => post(t, '/grants', grant)
    it('let the nearest one win, and a deny beat a grant at the same distance', async () => {
      const t = await start(openStore)
      const { bearer } = await aTokenFor(t, 'ann', ['viewer'])
      const write = async (id: string) => (await get(t, `/things/${id}/write`, bearer)).statusCode
      await give(t, { user: 'ann', role: 'editor', on: { kind: 'box', id: 'a' } })
      expect([await write('a1'), await write('b1')]).toEqual([200, 403])
      await give(t, { user: 'ann', role: 'editor', on: { kind: 'thing', id: 'a2' }, effect: 'deny' })
      expect([await write('a1'), await write('a2')]).toEqual([200, 403])
      await give(t, { user: 'ann', role: 'admin', on: { kind: 'thing', id: 'a2' } })
      expect(await write('a2')).toBe(403)
    })
    it('can be changed and taken back', async () => {
      const t = await start(openStore)
      const { bearer } = await aTokenFor(t, 'ann', [])
      const grant = { user: 'ann', role: 'viewer', on: { kind: 'box', id: 'a' } }
      const { id } = (await give(t, grant)).json<{ id: string }>()
      expect((await give(t, grant)).json()).toMatchObject({ id })
      expect((await get(t, '/things/a1/read', bearer)).statusCode).toBe(200)
      expect((await give(t, { ...grant, effect: 'deny' })).json()).toMatchObject({ id, effect: 'deny' })
      expect((await get(t, '/things/a1/read', bearer)).statusCode).toBe(403)
      expect((await t.app.inject({ method: 'DELETE', url: `${api}/grants/${id}` })).statusCode).toBe(200)
      expect((await get(t, '/grants?user=ann')).json()).toEqual({ items: [] })
    })
    it('of one workspace are worth nothing in another', async () => {
      const t = await start(openStore)
      const { bearer, user } = await aTokenFor(t, 'ann', ['admin'])
      const missing = await t.app.inject({ url: '/api/millrace/v1/w/team/users', headers: bearer })
      expect(missing.json()).toMatchObject({ status: 404, code: 'access/no-such-workspace' })
      const made = await t.app.inject({ method: 'POST', url: '/api/millrace/v1/workspaces', payload: { name: 'team' } })
      expect(made.statusCode).toBe(201)
      const inTeam = () => t.app.inject({ url: '/api/millrace/v1/w/team/users', headers: bearer })
      expect((await inTeam()).statusCode).toBe(403)
      const payload = { user: user.id, role: 'viewer' }
      await t.app.inject({ method: 'POST', url: '/api/millrace/v1/w/team/grants', payload })
      expect((await inTeam()).statusCode).toBe(200)
    })
    it('give whoever makes a workspace its administration', async () => {
      const t = await start(openStore)
      const { bearer } = await aTokenFor(t, 'ann', ['admin'])
      await t.app.inject({
        method: 'POST',
        url: '/api/millrace/v1/workspaces',
        payload: { name: 'team' },
        headers: bearer,
      })
      const me = await t.app.inject({ url: '/api/millrace/v1/w/team/me', headers: bearer })
      expect(me.json()).toMatchObject({ roles: ['admin'], workspace: 'team', actor: { name: 'ann', kind: 'user' } })
    })
  })

  describe('tokens', () => {
    it('are shown once and stored as a hash', async () => {
      const t = await start(openStore)
      const { token, id } = await aTokenFor(t, 'ann', ['viewer'])
      expect(token).toMatch(/^mlr_[0-9a-f]{64}$/)
      const listed = await get(t, '/tokens')
      expect(listed.json()).toMatchObject({ items: [{ id, name: 'laptop', scopes: null, revokedAtMs: null }] })
      expect(listed.body).not.toContain(token)
    })
    it('are accepted as the password of Basic', async () => {
      const t = await start(openStore)
      const { token } = await aTokenFor(t, 'ann', ['viewer'])
      const authorization = `Basic ${Buffer.from(`whoever:${token}`).toString('base64')}`
      expect((await get(t, '/me', { authorization })).json()).toMatchObject({
        actor: { name: 'ann' },
        roles: ['viewer'],
      })
    })
    it('stop at once when revoked', async () => {
      const t = await start(openStore)
      const { bearer, id } = await aTokenFor(t, 'ann', ['viewer'])
      expect((await get(t, '/me', bearer)).statusCode).toBe(200)
      await t.app.inject({ method: 'DELETE', url: `${api}/tokens/${id}` })
      expect((await get(t, '/me', bearer)).json()).toMatchObject({ status: 401, code: 'access/unauthenticated' })
    })
    it('stop at once when their account is disabled', async () => {
      const t = await start(openStore)
      const { bearer, user } = await aTokenFor(t, 'ann', ['viewer'])
      await get(t, '/me', bearer)
      await t.app.inject({ method: 'DELETE', url: `${api}/users/${user.id}` })
      expect((await get(t, '/me', bearer)).statusCode).toBe(401)
      expect((await post(t, '/tokens', { user: 'ann', name: 'new' })).json()).toMatchObject({ code: 'access/disabled' })
    })
    it('stop when they expire, also from the cache', async () => {
      const t = await start(openStore)
      const { bearer } = await aTokenFor(t, 'ann', ['viewer'], { expiresAtMs: t.clock.nowMs + 1000 })
      expect((await get(t, '/me', bearer)).statusCode).toBe(200)
      t.clock.advance(1000)
      expect((await get(t, '/me', bearer)).json<{ detail: string }>().detail).toContain('expired')
    })
    it('reach no further than their scopes, nor do the tokens made with them', async () => {
      const t = await start(openStore)
      const { bearer } = await aTokenFor(t, 'ann', ['admin'], { scopes: ['things:read', 'access:*'] })
      expect((await get(t, '/things/a1/read', bearer)).statusCode).toBe(200)
      expect((await get(t, '/things/a1/write', bearer)).json()).toMatchObject({ code: 'access/out-of-scope' })
      const wider = await post(t, '/tokens', { user: 'ann', name: 'x', scopes: ['things:write'] }, bearer)
      expect(wider.json()).toMatchObject({ status: 403, code: 'access/scope-too-wide' })
      const inherited = await post(t, '/tokens', { user: 'ann', name: 'x' }, bearer)
      expect(inherited.json()).toMatchObject({ scopes: ['things:read', 'access:*'] })
    })
    it('of jobs are a service account’s, named after the job', async () => {
      const t = await start(openStore)
      const expiresAtMs = t.clock.nowMs + 60_000
      const job = { workspace: 'default', name: 'job_1', scopes: ['experiment-tracking:write', 'read'], expiresAtMs }
      const first = await issueJobToken(t.runtime, job)
      const second = await issueJobToken(t.runtime, { ...job, name: 'job_2' })
      expect(first.token).not.toBe(second.token)
      const me = (await get(t, '/me', { authorization: `Bearer ${first.token}` })).json<{
        actor: { kind: string; name: string }
      }>()
      expect(me).toMatchObject({
        actor: { kind: 'service', name: 'jobs/job_1' },
        roles: ['editor'],
        scopes: job.scopes,
      })
      expect((await get(t, '/users')).json<{ items: unknown[] }>().items).toHaveLength(1)
    })
  })

  describe('who a request is', () => {
    it('is the local person on loopback, with all rights', async () => {
      const t = await start(openStore)
      expect((await get(t, '/me')).json()).toMatchObject({ actor: { id: 'local', kind: 'local' }, roles: ['admin'] })
      expect((await get(t, '/things/a1/administer')).statusCode).toBe(200)
    })
    it.each([
      ['a wrong token', { authorization: 'Bearer mlr_00' }],
      ['an unknown scheme', { authorization: 'Digest x' }],
      ['an empty header', { authorization: '' }],
      ['a proxy', { 'x-forwarded-for': '10.0.0.1' }],
      ['a proxy by RFC 7239', { forwarded: 'for=10.0.0.1' }],
    ])('is refused with %s', async (_what, headers) => {
      const t = await start(openStore)
      expect((await get(t, '/me', headers)).json()).toMatchObject({ status: 401, code: 'access/unauthenticated' })
    })
    it('is refused from another machine, behind a trusted proxy too', async () => {
      const t = await start(openStore, ['--trust-proxy'])
      expect((await get(t, '/me', { 'x-forwarded-for': '10.0.0.1' })).statusCode).toBe(401)
      expect((await get(t, '/me', { 'x-forwarded-for': '127.0.0.1' })).statusCode).toBe(200)
    })
    it('needs a token where accounts are required, and the first start makes one', async () => {
      const announced: string[] = []
      const t = await start(openStore, ['--auth', 'required'], announced)
      expect((await get(t, '/me')).statusCode).toBe(401)
      expect(announced).toHaveLength(1)
      const me = await get(t, '/me', { authorization: `Bearer ${announced[0] ?? ''}` })
      expect(me.json()).toMatchObject({ actor: { name: 'admin', kind: 'user' }, roles: ['admin'] })
    })
    it('takes the administrator’s token of the environment, and refuses a short one', async () => {
      const announced: string[] = []
      const t = await start(openStore, ['--auth', 'required'], announced, 'x'.repeat(32))
      expect(announced).toEqual([])
      expect((await get(t, '/me', { authorization: `Bearer ${'x'.repeat(32)}` })).json()).toMatchObject({
        roles: ['admin'],
      })
      await expect(start(openStore, ['--auth', 'required'], announced, 'short')).rejects.toThrow(/too short/)
    })
    it('starts again with the same accounts, another environment token replacing the first', async () => {
      const boot = async (adminToken: string | undefined, announced: string[]) => {
        const database = await openStore('again')
        const ports = (r: Pick<Runtime, 'resources' | 'database' | 'nowMs' | 'config'>) => ({
          authorizer: createAuthorizer(r),
          authenticate: createAuthenticate(r),
          audit: { record: async () => {} },
          lineage: { add: async () => {} },
        })
        const announce = (token: string) => void announced.push(token)
        const options = { announce, ...(adminToken === undefined ? {} : { adminToken }) }
        const settings = ['--auth', 'required']
        return testKernel({ database, settings, ports, domains: (runtime) => [createAccess(runtime, options)] })
      }
      const announced: string[] = []
      const [one, two] = ['1'.repeat(40), '2'.repeat(40)]
      await boot(one, announced)
      const t = await boot(two, announced)
      expect((await get(t, '/me', { authorization: `Bearer ${one}` })).statusCode).toBe(401)
      expect((await get(t, '/me', { authorization: `Bearer ${two}` })).statusCode).toBe(200)
      expect(
        (await get(t, '/users', { authorization: `Bearer ${two}` })).json<{ items: unknown[] }>().items,
      ).toHaveLength(1)
      await boot(undefined, announced)
      expect(announced).toEqual([])
    })
  })

  describe('accounts', () => {
    it('have unique names and come in pages', async () => {
      const t = await start(openStore)
      for (const name of ['bo', 'ann', 'cy']) await t.act(createUser, { name, roles: ['viewer'] }, { as: local })
      await expect(t.act(createUser, { name: 'ann' }, { as: local })).rejects.toThrow(/an account "ann" already/)
      type Page = { items: { name: string; roles: string[] }[]; nextPageToken: string }
      const first = (await get(t, '/users?limit=2')).json<Page>()
      expect(first.items.map((user) => user.name)).toEqual(['ann', 'bo'])
      const second = (await get(t, `/users?limit=2&pageToken=${first.nextPageToken}`)).json<Page>()
      expect(second).toEqual({ items: [expect.objectContaining({ name: 'cy', roles: ['viewer'] })] })
    })
    it('refuse a person who does not administer', async () => {
      const t = await start(openStore)
      await expect(t.act(createUser, { name: 'bo' }, { as: aPerson('nobody') })).rejects.toMatchObject({
        code: accessProblem.forbidden.code,
      })
    })
  })
})

describe('binding beyond loopback', () => {
  it.each([
    ['127.0.0.1', undefined],
    ['localhost', undefined],
    ['::1', 'local'],
    ['0.0.0.0', 'required'],
  ] as const)('is no concern with %s and --auth %s', (host, auth) => {
    expect(() => refuseUnsafeBinding({ host, auth })).not.toThrow()
  })
  it.each([
    ['0.0.0.0', undefined],
    ['::', 'local'],
    ['192.168.1.7', undefined],
  ] as const)('is refused with %s and --auth %s', (host, auth) => {
    expect(() => refuseUnsafeBinding({ host, auth })).toThrow(/--auth required/)
  })
})

import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { disableUser } from '../../actions/disable-user.ts'
import { setAdministrator } from '../../actions/set-administrator.ts'
import { accessKernel, anAccount, local } from '../../testing/access-kernel.ts'

const api = '/api/millrace/v1/w/default'
const sessionPath = '/api/millrace/v1/session'
const password = 'correct horse battery'
const page = { 'x-millrace-page': '1' }

const put = (t: TestKernel, url: string, payload: object, headers: Record<string, string> = {}) =>
  t.app.inject({ method: 'PUT', url: `${api}${url}`, payload, headers })
const signIn = (t: TestKernel, payload: object, headers: Record<string, string> = {}) =>
  t.app.inject({ method: 'POST', url: sessionPath, payload, headers })

/** A server that requires accounts, with ann, an editor with a password. */
async function withAnn(openStore: OpenStore, settings: readonly string[] = ['--auth', 'required']) {
  const t = await accessKernel(openStore, { settings })
  const admin = await anAccount(t, 'root', ['admin'])
  const ann = await anAccount(t, 'ann', ['editor'])
  expect((await put(t, '/users/ann/password', { password }, admin.bearer)).statusCode).toBe(200)
  return { t, admin, ann }
}

/** The cookie that an answer wrote, as a browser sends it back. */
function cookieOf(answer: { headers: Record<string, unknown> }): { cookie: string } {
  const written = [answer.headers['set-cookie']].flat().map(String).at(-1) ?? ''
  return { cookie: written.split(';')[0] ?? '' }
}

async function signedIn(openStore: OpenStore) {
  const started = await withAnn(openStore)
  const answer = await signIn(started.t, { name: 'ann', password })
  return { ...started, answer, cookie: cookieOf(answer) }
}

onEachStore((openStore) => {
  describe('signing in', () => {
    it('opens a session in a cookie that no script reads', async () => {
      const { t, answer, cookie } = await signedIn(openStore)
      expect(answer.json()).toMatchObject({ user: { name: 'ann' } })
      const written = String(answer.headers['set-cookie'])
      expect(written).toMatch(/^millrace_session=mls_[0-9a-f]{64}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
      const me = await t.app.inject({ url: `${api}/me`, headers: cookie })
      expect(me.json()).toMatchObject({ actor: { name: 'ann', kind: 'user' }, roles: ['editor'] })
      const listed = (await t.app.inject({ url: `${api}/me/sessions`, headers: cookie })).json<{ items: object[] }>()
      expect(listed.items).toHaveLength(1)
      expect(JSON.stringify(listed)).not.toContain('mls_')
    })
    it('says the same of a wrong password as of a name that is nobody’s', async () => {
      const { t } = await withAnn(openStore)
      const wrong = (await signIn(t, { name: 'ann', password: 'wrong' })).json<object>()
      const nobody = (await signIn(t, { name: 'nobody', password: 'wrong' })).json<object>()
      expect(wrong).toMatchObject({ status: 401, code: 'access/wrong-password' })
      expect({ ...nobody, requestId: '' }).toEqual({ ...wrong, requestId: '' })
    })
    it('makes a guesser wait, and not the person who signs in from elsewhere', async () => {
      const { t } = await withAnn(openStore, ['--auth', 'required', '--trust-proxy'])
      const from = (address: string) => ({ 'x-forwarded-for': address })
      const attempt = (text: string, address: string) => signIn(t, { name: 'ann', password: text }, from(address))
      await attempt(password, '10.0.0.7')
      for (let i = 0; i < 5; i += 1) expect((await attempt(`guess ${i}`, '10.0.0.1')).statusCode).toBe(401)
      const waiting = await attempt(password, '10.0.0.1')
      expect(waiting.json()).toMatchObject({ status: 429, code: 'access/too-many-attempts' })
      expect(Number(waiting.headers['retry-after'])).toBeGreaterThan(0)
      expect((await attempt(password, '10.0.0.7')).statusCode).toBe(200)
      t.clock.advance(60_000)
      expect((await attempt(password, '10.0.0.1')).statusCode).toBe(200)
    })
    it('opens nothing for an account that was disabled', async () => {
      const { t, ann, admin, cookie } = await signedIn(openStore)
      await t.app.inject({ method: 'DELETE', url: `${api}/users/${ann.user.id}`, headers: admin.bearer })
      expect((await t.app.inject({ url: `${api}/me`, headers: cookie })).statusCode).toBe(401)
      expect((await signIn(t, { name: 'ann', password })).statusCode).toBe(401)
    })
    it('ends the session that the browser had before', async () => {
      const { t, cookie } = await signedIn(openStore)
      const again = cookieOf(await signIn(t, { name: 'ann', password }, { ...cookie, ...page }))
      expect((await t.app.inject({ url: `${api}/me`, headers: cookie })).statusCode).toBe(401)
      expect((await t.app.inject({ url: `${api}/me`, headers: again })).statusCode).toBe(200)
    })
  })

  describe('a session', () => {
    const tokens = (t: TestKernel, headers: Record<string, string>) =>
      t.app.inject({ method: 'POST', url: `${api}/me/tokens`, payload: { name: 'ci' }, headers })
    it('writes from our own pages only', async () => {
      const { t, cookie } = await signedIn(openStore)
      const host = { host: 'localhost' }
      expect((await tokens(t, { ...host, ...cookie })).json()).toMatchObject({ code: 'kernel/page-header-missing' })
      const own = { ...host, ...cookie, ...page }
      expect((await tokens(t, { ...own, origin: 'https://evil.example' })).json()).toMatchObject({ status: 403 })
      expect((await tokens(t, { ...own, origin: 'null' })).statusCode).toBe(403)
      expect((await tokens(t, { ...own, 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403)
      expect((await tokens(t, { ...own, origin: 'http://localhost' })).statusCode).toBe(201)
    })
    it('ends when its browser signs out', async () => {
      const { t, cookie } = await signedIn(openStore)
      const out = await t.app.inject({ method: 'DELETE', url: sessionPath, headers: { ...cookie, ...page } })
      expect(String(out.headers['set-cookie'])).toContain('Max-Age=0')
      expect((await t.app.inject({ url: `${api}/me`, headers: cookie })).statusCode).toBe(401)
      expect((await t.app.inject({ url: sessionPath, headers: cookie })).json()).toMatchObject({ user: null })
    })
    it('ends when it was idle too long, and in any case after its longest time', async () => {
      const { t, cookie } = await signedIn(openStore)
      const me = async () => (await t.app.inject({ url: `${api}/me`, headers: cookie })).statusCode
      for (let hour = 0; hour < 167; hour += 11) {
        expect({ hour, status: await me() }).toEqual({ hour, status: 200 })
        t.clock.advance(11 * 3_600_000)
      }
      expect(await me()).toBe(401)
      const other = cookieOf(await signIn(t, { name: 'ann', password }))
      t.clock.advance(12 * 3_600_000)
      expect((await t.app.inject({ url: `${api}/me`, headers: other })).statusCode).toBe(401)
    })
    it('gets a new secret from time to time; the old one goes on for a moment, and then ends it', async () => {
      const { t, cookie: old } = await signedIn(openStore)
      const read = (headers: { cookie: string }) => t.app.inject({ url: sessionPath, headers })
      const me = async (headers: { cookie: string }) => (await t.app.inject({ url: `${api}/me`, headers })).statusCode
      expect((await read(old)).headers['set-cookie']).toBeUndefined()
      t.clock.advance(16 * 60_000)
      const fresh = cookieOf(await read(old))
      expect(fresh.cookie).not.toBe(old.cookie)
      expect([await me(old), await me(fresh)]).toEqual([200, 200])
      t.clock.advance(61_000)
      expect(await me(fresh)).toBe(200)
      expect(await me(old)).toBe(401)
      t.clock.advance(2000)
      expect(await me(fresh)).toBe(401)
    })
    it('can be ended from another one', async () => {
      const { t, ann, cookie } = await signedIn(openStore)
      const { items } = (await t.app.inject({ url: `${api}/me/sessions`, headers: ann.bearer })).json<{
        items: { id: string }[]
      }>()
      const end = (id: string) =>
        t.app.inject({ method: 'DELETE', url: `${api}/me/sessions/${id}`, headers: ann.bearer })
      expect((await end(items[0]?.id ?? '')).statusCode).toBe(200)
      expect((await t.app.inject({ url: `${api}/me`, headers: cookie })).statusCode).toBe(401)
      expect((await end('ses_other')).json()).toMatchObject({ code: 'access/no-such-session' })
    })
  })

  describe('a password', () => {
    it('is changed by whoever knows it, which ends the other sessions', async () => {
      const { t, cookie } = await signedIn(openStore)
      const other = cookieOf(await signIn(t, { name: 'ann', password }))
      const change = (current: string, next: string) =>
        put(t, '/me/password', { current, password: next }, { ...cookie, ...page })
      expect((await change('wrong', 'another long one')).json()).toMatchObject({
        code: 'access/wrong-current-password',
      })
      expect((await change(password, password)).json()).toMatchObject({ code: 'access/same-password' })
      expect((await change(password, 'short')).statusCode).toBe(400)
      expect((await change(password, 'another long one')).statusCode).toBe(200)
      expect((await t.app.inject({ url: `${api}/me`, headers: cookie })).statusCode).toBe(200)
      expect((await t.app.inject({ url: `${api}/me`, headers: other })).statusCode).toBe(401)
      expect((await signIn(t, { name: 'ann', password })).statusCode).toBe(401)
      expect((await signIn(t, { name: 'ann', password: 'another long one' })).statusCode).toBe(200)
    })
    it('is accepted in Basic, and stops at once when it was changed', async () => {
      const { t, admin } = await withAnn(openStore)
      const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(`ann:${text}`).toString('base64')}` })
      const me = async (text: string) => (await t.app.inject({ url: `${api}/me`, headers: basic(text) })).statusCode
      expect([await me(password), await me(password), await me('wrong')]).toEqual([200, 200, 401])
      await put(t, '/users/ann/password', { password: 'another long one' }, admin.bearer)
      expect([await me(password), await me('another long one')]).toEqual([401, 200])
    })
    it('is set by administrators alone, and nobody ever reads it', async () => {
      const { t, ann } = await withAnn(openStore)
      expect((await put(t, '/users/root/password', { password }, ann.bearer)).statusCode).toBe(403)
      expect((await put(t, '/users/nobody/password', { password })).statusCode).toBe(401)
      const all = await t.runtime.database.reader
        .selectFrom('access_password' as never)
        .selectAll()
        .execute()
      expect(JSON.stringify(all)).toMatch(/\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      expect(JSON.stringify(all)).not.toContain(password)
      expect(JSON.stringify(await t.events())).not.toContain('argon2id')
    })
  })

  describe('one’s own tokens', () => {
    it('are made, listed and revoked without any role, and nobody else’s are', async () => {
      const { t, ann, admin } = await withAnn(openStore)
      const none = await anAccount(t, 'bo', [])
      const made = await t.app.inject({
        method: 'POST',
        url: `${api}/me/tokens`,
        payload: { name: 'ci' },
        headers: none.bearer,
      })
      const { token, id } = made.json<{ token: string; id: string }>()
      const as = { authorization: `Bearer ${token}` }
      expect((await t.app.inject({ url: `${api}/me`, headers: as })).json()).toMatchObject({ actor: { name: 'bo' } })
      const revoke = (headers: Record<string, string>) =>
        t.app.inject({ method: 'DELETE', url: `${api}/me/tokens/${id}`, headers })
      expect((await revoke(ann.bearer)).statusCode).toBe(404)
      expect((await revoke(none.bearer)).statusCode).toBe(200)
      expect((await t.app.inject({ url: `${api}/me`, headers: as })).statusCode).toBe(401)
      expect(
        (await t.app.inject({ url: `${api}/me/tokens`, headers: admin.bearer })).json<{ items: object[] }>().items,
      ).toHaveLength(1)
    })
    it('know when they were used last', async () => {
      const { t, ann } = await withAnn(openStore)
      await t.app.inject({ url: `${api}/me`, headers: ann.bearer })
      await t.kernel.chores.runNow('access.note-uses')
      const { items } = (await t.app.inject({ url: `${api}/me/tokens`, headers: ann.bearer })).json<{
        items: { lastUsedAtMs: number | null }[]
      }>()
      expect(items[0]?.lastUsedAtMs).toBe(t.clock.nowMs)
    })
    it('are not the local person’s, who has no account', async () => {
      const t = await accessKernel(openStore)
      expect((await t.app.inject({ url: `${api}/me/tokens` })).json()).toMatchObject({ code: 'access/no-account' })
    })
  })

  describe('an account', () => {
    it('that is the last administrator can neither be disabled nor put down', async () => {
      const { t, admin } = await withAnn(openStore)
      const { items } = (await t.app.inject({ url: `${api}/users`, headers: admin.bearer })).json<{
        items: { id: string; name: string }[]
      }>()
      const drop = (name: string) =>
        t.app.inject({
          method: 'DELETE',
          url: `${api}/users/${items.find((user) => user.name === name)?.id ?? ''}`,
          headers: admin.bearer,
        })
      // The first start made one who administers the whole server, whom only another of those may disable.
      expect((await drop('admin')).json()).toMatchObject({ status: 403, code: 'access/above-you' })
      const first = items.find((user) => user.name === 'admin')?.id ?? ''
      await t.act(disableUser, { id: first }, { as: local })
      expect((await drop('root')).json()).toMatchObject({ status: 409, code: 'access/last-administrator' })
    })
    it('that is forgotten leaves its name free and its grants to nobody', async () => {
      const { t, ann, admin } = await withAnn(openStore)
      const forget = await t.app.inject({
        method: 'DELETE',
        url: `${api}/users/${ann.user.id}?forget=true`,
        headers: admin.bearer,
      })
      expect(forget.statusCode).toBe(200)
      const again = await anAccount(t, 'ann', [])
      expect(again.user.id).not.toBe(ann.user.id)
      expect((await t.app.inject({ url: `${api}/me`, headers: again.bearer })).json()).toMatchObject({ roles: [] })
    })
    it('sends no more than its limits say', async () => {
      const { t, ann, admin } = await withAnn(openStore)
      const limits = { requestsPerSecond: 1, burst: 2, bodyBytes: 100 }
      expect((await put(t, '/users/ann/limits', limits, admin.bearer)).json()).toEqual(limits)
      const me = () => t.app.inject({ url: `${api}/me`, headers: ann.bearer })
      expect([(await me()).statusCode, (await me()).statusCode]).toEqual([200, 200])
      const refused = await me()
      expect(refused.json()).toMatchObject({ code: 'kernel/too-many-requests' })
      expect(refused.headers['retry-after']).toBe('1')
      t.clock.advance(1000)
      const large = await t.app.inject({
        method: 'POST',
        url: `${api}/me/tokens`,
        payload: { name: 'x'.repeat(100) },
        headers: ann.bearer,
      })
      expect(large.json()).toMatchObject({ code: 'kernel/body-too-large' })
    })
  })

  describe('two processes on one store', () => {
    it('see one another’s revocations within a second', async () => {
      const settings = ['--auth', 'required']
      const one = await accessKernel(openStore, { settings, store: 'both' })
      const ann = await anAccount(one, 'ann', ['viewer'])
      const other = await accessKernel(openStore, { settings, store: 'both' })
      const users = async (t: TestKernel) =>
        (await t.app.inject({ url: `${api}/users`, headers: ann.bearer })).statusCode
      expect([await users(one), await users(other)]).toEqual([200, 200])
      await one.act(disableUser, { id: ann.user.id }, { as: local })
      expect(await users(one)).toBe(401)
      other.clock.advance(1000)
      expect(await users(other)).toBe(401)
    })
  })

  describe('the keys of secrets', () => {
    it('are rotated by whoever administers the server, and by nobody else', async () => {
      const { t, admin } = await withAnn(openStore)
      const rotate = (headers: Record<string, string>, payload = {}) =>
        t.app.inject({ method: 'POST', url: '/api/millrace/v1/secrets/rotation', payload, headers })
      expect((await rotate(admin.bearer)).json()).toMatchObject({ code: 'access/forbidden' })
      await t.act(setAdministrator, { id: admin.user.id, administrator: true }, { as: local })
      const old = t.runtime.secrets.seal('x')
      expect((await rotate(admin.bearer)).json()).toEqual({
        keyId: expect.any(String) as string,
        resealed: 0,
        forgotten: 0,
      })
      expect([t.runtime.secrets.open(old), t.runtime.secrets.isFresh(old)]).toEqual(['x', false])
      expect((await rotate(admin.bearer, { newKey: false, forgetOld: true })).json()).toMatchObject({ forgotten: 1 })
    })
  })

  describe('the administration of the server', () => {
    it('is out of reach for those who administer the workspace alone', async () => {
      const { t, admin } = await withAnn(openStore)
      const chief = await anAccount(t, 'chief', [])
      await t.act(setAdministrator, { id: chief.user.id, administrator: true }, { as: local })
      const group = (await put(t, '/groups/chiefs', {}, chief.bearer)).json<{ id: string }>()
      const grant = { user: group.id, role: 'viewer', on: { kind: 'server', id: 'server' } }
      const given = await t.app.inject({ method: 'POST', url: `${api}/grants`, payload: grant, headers: chief.bearer })
      const { id } = given.json<{ id: string }>()
      const send = async (method: 'PATCH' | 'DELETE' | 'PUT' | 'POST', path: string, payload: object) =>
        (await t.app.inject({ method, url: `${api}${path}`, payload, headers: admin.bearer })).statusCode
      expect(await send('PATCH', `/grants/${id}`, { role: 'admin' })).toBe(403)
      expect(await send('DELETE', `/grants/${id}`, {})).toBe(403)
      expect(await send('PUT', '/users/chief/password', { password })).toBe(403)
      expect(await send('POST', '/tokens', { user: 'chief', name: 'x' })).toBe(403)
      expect(await send('PUT', `/users/${admin.user.id}/administrator`, { administrator: true })).toBe(403)
      await t.app.inject({
        method: 'PATCH',
        url: `${api}/grants/${id}`,
        payload: { role: 'admin' },
        headers: chief.bearer,
      })
      expect(await send('PUT', '/groups/chiefs/members/root', {})).toBe(403)
    })
  })

  describe('groups', () => {
    it('give their grants to their members until they leave', async () => {
      const { t, admin } = await withAnn(openStore)
      const bo = await anAccount(t, 'bo', [])
      const group = (await put(t, '/groups/data%20people', { description: 'all of them' }, admin.bearer)).json<{
        id: string
      }>()
      const users = async () => (await t.app.inject({ url: `${api}/users`, headers: bo.bearer })).statusCode
      expect(await users()).toBe(403)
      await put(t, '/groups/data%20people/members/bo', {}, admin.bearer)
      const grant = { user: group.id, role: 'viewer' }
      await t.app.inject({ method: 'POST', url: `${api}/grants`, payload: grant, headers: admin.bearer })
      expect(await users()).toBe(200)
      const read = await t.app.inject({ url: `${api}/groups/data%20people`, headers: admin.bearer })
      expect(read.json()).toMatchObject({ name: 'data people', members: [{ name: 'bo' }] })
      await t.app.inject({ method: 'DELETE', url: `${api}/groups/data%20people/members/bo`, headers: admin.bearer })
      expect(await users()).toBe(403)
    })
  })

  describe('workspaces', () => {
    const workspaces = '/api/millrace/v1/workspaces'
    it('are described, and renamed or deleted while they are empty', async () => {
      const { t, admin, ann } = await withAnn(openStore)
      const send = (method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, headers = admin.bearer) =>
        t.app.inject({ method, url: `${workspaces}${url}`, headers, ...(payload === undefined ? {} : { payload }) })
      expect((await send('POST', '', { name: 'team' })).statusCode).toBe(201)
      expect((await send('PATCH', '/team', { description: 'ours', newName: 'crew' })).json()).toMatchObject({
        name: 'crew',
        description: 'ours',
      })
      expect((await send('PATCH', '/crew', { description: 'mine' }, ann.bearer)).statusCode).toBe(403)
      const me = await t.app.inject({ url: '/api/millrace/v1/w/crew/me', headers: admin.bearer })
      expect(me.json()).toMatchObject({ roles: ['admin'] })
      expect((await t.app.inject({ url: '/api/millrace/v1/w/team/me', headers: admin.bearer })).statusCode).toBe(404)
      await anAccount(t, 'in-crew', ['viewer'], { workspace: 'crew' })
      expect((await send('DELETE', '/default')).json()).toMatchObject({ code: 'access/default-workspace' })
      expect((await send('DELETE', '/crew')).statusCode).toBe(200)
      expect((await t.app.inject({ url: '/api/millrace/v1/w/crew/me', headers: admin.bearer })).statusCode).toBe(404)
    })
    it('give nobody a right in another one', async () => {
      const { t, admin } = await withAnn(openStore)
      await t.app.inject({ method: 'POST', url: workspaces, payload: { name: 'team' }, headers: admin.bearer })
      const bo = await anAccount(t, 'bo', ['admin'], { workspace: 'team' })
      const give = (on: object | undefined) =>
        t.app.inject({
          method: 'POST',
          url: `${api}/grants`,
          payload: { user: bo.user.id, role: 'admin', ...(on === undefined ? {} : { on }) },
          headers: bo.bearer,
        })
      const places = [
        undefined,
        { kind: 'workspace', id: 'team' },
        { kind: 'workspace', id: 'default' },
        { kind: 'server', id: 'server' },
        { kind: 'server', id: '*' },
        { kind: 'self', id: 'self' },
        { kind: 'list', id: 'experiment' },
        { kind: 'experiment', id: '*' },
      ]
      for (const on of places) expect([on, (await give(on)).statusCode]).toEqual([on, 403])
      expect((await t.app.inject({ url: `${api}/users`, headers: bo.bearer })).statusCode).toBe(403)
    })
    it('are listed to those who have a part in them', async () => {
      const { t, admin, ann } = await withAnn(openStore)
      await t.app.inject({ method: 'POST', url: workspaces, payload: { name: 'team' }, headers: admin.bearer })
      const names = async (headers: Record<string, string>) =>
        (await t.app.inject({ url: workspaces, headers }))
          .json<{ items: { name: string }[] }>()
          .items.map(({ name }) => name)
      expect([await names(admin.bearer), await names(ann.bearer)]).toEqual([['default', 'team'], ['default']])
    })
  })
})

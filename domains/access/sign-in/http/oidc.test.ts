import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accessKernel, anAccount } from '../../testing/access-kernel.ts'

const api = '/api/millrace/v1/w/default'
const start = '/api/millrace/v1/session/oidc'
const host = 'localhost:7400'

/** Starts the provider's process; gives its issuer. */
async function aProvider(): Promise<string> {
  const entry = fileURLToPath(new URL('../../testing/identity-provider.ts', import.meta.url))
  const child = fork(entry, [`http://${host}${start}/callback`], { silent: true })
  onTestFinished(() => void child.kill())
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer] // it prints one line
  return line.toString().trim()
}

async function withProvider(openStore: OpenStore, settings: readonly string[] = []) {
  const issuer = await aProvider()
  const oidc = [
    '--oidc-issuer',
    issuer,
    '--oidc-client-id',
    'millrace',
    '--oidc-client-secret',
    'a secret between the two',
  ]
  return accessKernel(openStore, {
    settings: ['--auth', 'required', ...oidc, '--oidc-roles', '*=viewer,ml-admins=admin', ...settings],
  })
}

/** A browser's cookies, by name, for the provider and for us alike. */
class Jar {
  private readonly cookies = new Map<string, string>()
  keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      const gone = pair.slice(at + 1) === '' || line.includes('Max-Age=0') || line.includes('1970')
      if (gone) this.cookies.delete(pair.slice(0, at))
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }
  get header(): { cookie: string } {
    return { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
  }
}

const inject = async (t: TestKernel, jar: Jar, url: string) => {
  const answer = await t.app.inject({ url, headers: { host, ...jar.header } })
  jar.keep([answer.headers['set-cookie'] ?? []].flat())
  return answer
}

/** Signs in at the provider as its page does, until it sends the browser back to us. Gives the address it sends it to. */
async function atProvider(address: string, jar: Jar, login: string): Promise<string> {
  let [url, form] = [address, undefined as URLSearchParams | undefined]
  for (let hop = 0; hop < 12 && !url.startsWith(`http://${host}`); hop += 1) {
    const sent = form === undefined ? {} : { method: 'POST', body: form }
    const answer = await fetch(url, { ...sent, redirect: 'manual', headers: jar.header })
    jar.keep(answer.headers.getSetCookie())
    form = undefined
    const to = answer.headers.get('location')
    if (to !== null) {
      url = new URL(to, url).href
      continue
    }
    const page = await answer.text()
    const action = /action="([^"]+)"/.exec(page)?.[1] ?? ''
    const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1] ?? ''
    url = new URL(action, url).href
    form = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login, password: 'any' } : {}) })
  }
  return url.slice(`http://${host}`.length)
}

/** The whole way: from our server to the provider and back. Gives the last answer and the cookies. */
async function signIn(t: TestKernel, login: string, returnTo = '/w/default/runs') {
  const jar = new Jar()
  const begun = await inject(t, jar, `${start}?returnTo=${encodeURIComponent(returnTo)}`)
  expect(begun.statusCode).toBe(302)
  const back = await atProvider(String(begun.headers.location), jar, login)
  return { jar, begun, back, answer: await inject(t, jar, back) }
}

onEachStore((openStore) => {
  describe('signing in with OpenID Connect', () => {
    it('opens a session for whoever the provider knows, with the roles of their groups', async () => {
      const t = await withProvider(openStore)
      const { jar, begun, answer } = await signIn(t, 'ann+ml-admins')
      const asked = new URL(String(begun.headers.location)).searchParams
      expect(asked.get('code_challenge_method')).toBe('S256')
      expect([asked.get('state'), asked.get('nonce')].every((value) => (value ?? '').length > 20)).toBe(true)
      expect([answer.statusCode, answer.headers.location]).toEqual([302, '/w/default/runs'])
      const me = await t.app.inject({ url: `${api}/me`, headers: jar.header })
      expect(me.json()).toMatchObject({ actor: { name: 'ann', kind: 'user' }, roles: ['admin', 'viewer'] })
    })
    it('finds the same account again, and gives no name away that somebody has', async () => {
      const t = await withProvider(openStore)
      await anAccount(t, 'ann', [])
      const me = async (jar: Jar) =>
        (await t.app.inject({ url: `${api}/me`, headers: jar.header })).json<{ actor: { id: string; name: string } }>()
          .actor
      const first = await me((await signIn(t, 'ann')).jar)
      const second = await me((await signIn(t, 'ann')).jar)
      expect(first.name).toBe('ann-2')
      expect(second).toEqual(first)
    })
    it('refuses an answer that another browser began, that comes twice, or that was changed', async () => {
      const t = await withProvider(openStore)
      const { jar, back } = await signIn(t, 'ann')
      expect((await inject(t, new Jar(), back)).json()).toMatchObject({ status: 401, code: 'access/sign-in-failed' })
      expect((await inject(t, jar, back)).json()).toMatchObject({ code: 'access/sign-in-failed' })
      const other = new Jar()
      await inject(t, other, start)
      expect((await inject(t, other, back)).json()).toMatchObject({ code: 'access/sign-in-failed' })
      const late = new Jar()
      const begun = await inject(t, late, start)
      const answered = await atProvider(String(begun.headers.location), late, 'bo')
      t.clock.advance(601_000)
      expect((await inject(t, late, answered)).json<{ detail: string }>().detail).toContain('too long')
    })
    it('opens nothing for an account that was disabled here', async () => {
      const t = await withProvider(openStore)
      const admin = await anAccount(t, 'root', ['admin'])
      const { jar } = await signIn(t, 'ann')
      const { actor } = (await t.app.inject({ url: `${api}/me`, headers: jar.header })).json<{
        actor: { id: string }
      }>()
      await t.app.inject({ method: 'DELETE', url: `${api}/users/${actor.id}`, headers: admin.bearer })
      expect((await t.app.inject({ url: `${api}/me`, headers: jar.header })).statusCode).toBe(401)
      expect((await signIn(t, 'ann')).answer.json()).toMatchObject({ code: 'access/disabled' })
    })
    it('sends nobody to another site afterwards', async () => {
      const t = await withProvider(openStore)
      expect((await signIn(t, 'ann', 'https://evil.example/')).answer.headers.location).toBe('/')
    })
    it('says so where there is no provider, or where it cannot be reached', async () => {
      const without = await accessKernel(openStore)
      expect((await without.app.inject({ url: start })).json()).toMatchObject({ code: 'access/no-sign-in-provider' })
      const settings = ['--oidc-issuer', 'http://127.0.0.1:1', '--oidc-client-id', 'x']
      const gone = await accessKernel(openStore, { settings })
      expect((await gone.app.inject({ url: start })).json()).toMatchObject({ code: 'access/sign-in-failed' })
      expect((await gone.app.inject({ url: '/api/millrace/v1/session' })).json()).toMatchObject({
        methods: ['local', 'password', 'oidc', 'token'],
      })
    })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { barriers, call, openStage, wasHacked, type Stage } from './stage.ts'

const admin = 'an-administrator-of-the-journeys-0123456789'
const password = 'correct horse battery'
const hostile = '<img src=x onerror="window.hacked=1">'

let stage: Stage

beforeAll(async () => {
  process.env['MILLRACE_ADMIN_TOKEN'] = admin
  stage = await openStage(['--auth', 'required'])
  const { url } = stage.server
  const maya = await call<{ id: string }>(url, 'POST', 'users', {
    token: admin,
    body: { name: 'Maya Okafor', roles: ['admin'] },
  })
  await call(url, 'PUT', `users/${maya.id}/password`, { token: admin, body: { password } })
  await call(url, 'POST', 'users', { token: admin, body: { name: 'img onerror=window.hacked=1', roles: ['viewer'] } })
  const run = await call<{ id: string }>(url, 'POST', 'runs', {
    token: admin,
    body: { experiment: 'lateness', name: 'calm-river' },
  })
  await call(url, 'POST', 'comments', {
    token: admin,
    body: {
      on: { kind: 'run', id: run.id },
      text: `@Maya Okafor **look** ${hostile} [here](javascript:window.hacked=1)`,
      mentions: [maya.id],
    },
  })
}, 90_000)

afterAll(() => {
  delete process.env['MILLRACE_ADMIN_TOKEN']
  return stage?.close()
})

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Name').fill('Maya Okafor')
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
}

async function enter(path: string, size: 'desktop' | 'phone' = 'desktop', theme: 'light' | 'dark' = 'light') {
  const visitor = await stage.visitor(size, theme)
  await visitor.page.goto(`${stage.server.url}/w/default${path}`)
  await signIn(visitor.page)
  return visitor
}

describe('who signs in', () => {
  it('is told when the password is wrong, and comes to the view that was asked for', async () => {
    const { page, context } = await stage.visitor()
    await page.goto(`${stage.server.url}/w/default/audit?q=actor%20%3D%20admin`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByLabel('Name').fill('Maya Okafor')
    await page.getByLabel('Password').fill('not it at all')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('wrong').waitFor()
    await signIn(page)
    await page.getByRole('heading', { name: 'Audit log', exact: true }).waitFor()
    expect(page.url()).toContain('/w/default/audit?q=actor%20%3D%20admin')
    await context.close()
  })

  it('goes on where they were when the session ends under their feet', async () => {
    const { page, context } = await enter('/settings/appearance')
    await page.getByRole('radio', { name: 'High' }).click()
    await context.clearCookies()
    await page.getByRole('link', { name: 'Models' }).click()
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await barriers(page)).toEqual([])
    await signIn(page)
    await page.getByText('No models yet').waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    await context.close()
  })

  it('makes a token that is shown once, and revokes it', async () => {
    const { page, context } = await enter('/settings/tokens')
    await page.getByRole('button', { name: 'New token' }).click()
    await page.getByLabel('What it is for').fill('laptop')
    await page.getByLabel('How far it reaches').selectOption('read')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Make token' }).click()
    const token = await page.getByText(/^mlr_\w+$/).textContent()
    await page.getByRole('button', { name: 'It is copied' }).click()
    expect(await page.getByText(/^mlr_/).count()).toBe(0)
    const mine = { token: token ?? '' }
    expect(await call(stage.server.url, 'GET', 'me', mine)).toMatchObject({ scopes: ['read'] })
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Revoked').waitFor()
    await expect(call(stage.server.url, 'GET', 'me', mine)).rejects.toThrow('401')
    await context.close()
  })

  it.each(['profile', 'members', 'groups', 'roles', 'secrets', 'storage', 'trash', 'health', 'notifications'])(
    'sees the section %s of the settings, on a phone too',
    async (section) => {
      for (const size of ['desktop', 'phone'] as const) {
        const { page, context } = await enter(`/settings/${section}`, size, size === 'phone' ? 'dark' : 'light')
        await page.locator('.settings-section').getByRole('heading').first().waitFor()
        expect(await barriers(page)).toEqual([])
        expect(await page.locator('.settings-section').getByRole('alert').count()).toBe(0)
        await context.close()
      }
    },
  )

  it('is told who mentioned them, and answers; nothing in a comment runs', async () => {
    const { page, context } = await enter('/')
    await page.getByRole('link', { name: 'Notifications, 1 unread' }).click()
    await page.getByRole('link', { name: /mentioned you/ }).click()
    const talk = page.getByRole('dialog', { name: 'Comments' })
    await talk.getByText(hostile).waitFor()
    await talk.getByRole('button', { name: 'Answer', exact: true }).click()
    await talk.getByLabel('Answer admin').fill('I see, @ad')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Control+Enter')
    await talk.getByText('I see, @admin').waitFor()
    expect(await barriers(page)).toEqual([])
    expect(await wasHacked(page)).toBe(false)
    await talk.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Comment deleted').waitFor()
    await context.close()
  })

  it('makes a workspace and comes into it; signs out', async () => {
    const { page, context } = await enter('/')
    await page.getByRole('button', { name: /Switch workspace/ }).click()
    await page.getByRole('button', { name: 'New workspace' }).click()
    await page.getByLabel('Name').fill('flight-ops')
    await page.getByRole('button', { name: 'Make workspace' }).click()
    await page.getByText('Log your first run').waitFor()
    expect(page.url()).toContain('/w/flight-ops')
    await page.goto(`${stage.server.url}/w/default/settings/profile`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await context.close()
  })
})

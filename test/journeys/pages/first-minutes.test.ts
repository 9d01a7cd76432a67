import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { barriers, openStage, type Stage } from './stage.ts'

const mostScriptBytes = 300_000

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage?.close())

const at = (path: string) => `${stage.server.url}/w/default${path}`

describe('the first minutes', () => {
  it('need little script for the first page', async () => {
    const { page, context } = await stage.visitor()
    const scripts: Promise<Buffer>[] = []
    page.on('response', (answer) => {
      if (answer.url().endsWith('.js')) scripts.push(answer.body())
    })
    await page.goto(at('/experiments'), { waitUntil: 'networkidle' })
    const sizes = (await Promise.all(scripts)).map((body) => gzipSync(body).length)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    console.log(`first route: ${sizes.length} scripts, ${Math.round(total / 1000)} kB gzip`)
    expect(total).toBeLessThan(mostScriptBytes)
    await context.close()
  })

  it('turn what was pasted into the first chart', async () => {
    const { page, context } = await stage.visitor()
    await page.goto(at('/'))
    await page.getByText('Log your first run').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByRole('radio', { name: 'curl' }).click()
    const code = (await page.locator('.first-steps pre').textContent()) ?? ''
    expect(code).toContain(stage.server.url)
    await promisify(execFile)('bash', ['-c', code])
    await page.getByRole('img', { name: 'loss by step' }).first().waitFor()
    expect(await barriers(page)).toEqual([])
    await context.close()
  })

  it('load the demo with its progress, and remove it', async () => {
    const { page, context } = await stage.visitor()
    await page.goto(at('/'))
    await page.getByRole('button', { name: 'Load a small demo' }).click()
    await page.getByText('rate-0.8-penalty-0.01').first().waitFor()
    await page.getByText('8 of 8 runs').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.goto(at('/settings/storage'))
    await page.getByRole('button', { name: 'Remove the demo' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the demo' }).click()
    await page.getByText('The demo is gone').waitFor()
    await page.goto(at('/experiments'))
    await page.getByRole('link', { name: 'first', exact: true }).waitFor()
    expect(await page.getByText('iris-demo').count()).toBe(0)
    await context.close()
  })

  it('have a tour that can be skipped for ever', async () => {
    const { page, context } = await stage.visitor()
    await page.goto(at('/'))
    await page.getByRole('button', { name: 'Take the tour' }).click()
    await page.keyboard.press('Enter')
    await page.getByText('Runs and why one is best').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Skip for ever' }).click()
    await page.goto(at('/'))
    await page.getByText('First steps').waitFor()
    expect(await page.getByRole('button', { name: 'Take the tour' }).count()).toBe(0)
    await context.close()
  })

  it('have the documentation inside, with a search', async () => {
    const { page, context } = await stage.visitor('phone', 'dark')
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(stage.server.url)) elsewhere.push(request.url())
    })
    await page.goto(`${stage.server.url}/docs/tracking`)
    await page
      .getByRole('heading', { level: 1, name: /Tracking/ })
      .last()
      .waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByLabel('Search the documentation').fill('MLFLOW_TRACKING_URI')
    await page.getByText(/passage/).waitFor()
    expect(await barriers(page)).toEqual([])
    expect(elsewhere).toEqual([])
    await context.close()
  })
})

describe('the shell', () => {
  it('opens anything by a few letters, a prefix or an id, by keyboard alone', async () => {
    const { page, context } = await stage.visitor()
    await page.goto(at('/models'))
    await page.getByText('Live').first().waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('try-1')
    await page.getByRole('option', { name: /try-1.*run of first/ }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/experiments\/first\/runs\//)
    const id = page.url().split('/').at(-1) ?? ''
    await page.goto(at(`/r/${id}`))
    await page.waitForURL(/\/experiments\/first\/runs\//)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('>high contrast')
    await page.getByRole('option', { name: /Use high contrast/ }).waitFor()
    await page.keyboard.press('Enter')
    expect(await page.locator('html').getAttribute('data-contrast')).toBe('high')
    expect(await barriers(page)).toEqual([])
    await context.close()
  })

  it('keeps a view of any page for the team', async () => {
    const { page, context } = await stage.visitor()
    await page.goto(at('/audit?q=action+%3D+experiment-tracking.create-run'))
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByRole('button', { name: 'Save this view' }).click()
    await page.getByLabel('Name').fill('new runs')
    await page.keyboard.press('Enter')
    await page.getByText('View saved').waitFor()
    await page.goto(at('/audit'))
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByRole('button', { name: /^new runs/ }).click()
    await page.waitForURL(/q=action/)
    expect(await barriers(page)).toEqual([])
    await context.close()
  })

  it('stays usable while the server is away, and says so', async () => {
    const { page, context } = await stage.visitor()
    await page.goto(at('/experiments'))
    await page.getByText('Live').first().waitFor()
    await context.setOffline(true)
    await page.getByRole('link', { name: 'Pipelines' }).click()
    await page.getByText('This page could not be loaded').waitFor()
    expect(await barriers(page)).toEqual([])
    await context.setOffline(false)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Pipelines', exact: true }).waitFor()
    await context.close()
  })
})

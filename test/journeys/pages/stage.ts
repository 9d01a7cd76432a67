import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { endServers, startServer, type ServerProcess } from '../server-process.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A server with freshly built pages, and a browser that looks at them. */
export interface Stage {
  readonly server: ServerProcess
  /** A browser of somebody who was never here. */
  visitor(size?: 'desktop' | 'phone', theme?: 'light' | 'dark'): Promise<{ page: Page; context: BrowserContext }>
  close(): Promise<void>
}

/** Builds the pages, starts a server with `flags` on an empty data directory, and a Chromium. */
export async function openStage(flags: readonly string[] = []): Promise<Stage> {
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'apps/web'], {
    cwd: root,
    // A test runner's own environment would build React for developers.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pages-'))
  const server = await startServer(folder, { flags })
  const browser = await chromium.launch({
    executablePath: process.env['MILLRACE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  })
  return {
    server,
    visitor: async (size = 'desktop', theme = 'light') => {
      const viewport = size === 'phone' ? { width: 390, height: 844 } : { width: 1440, height: 900 }
      const context = await browser.newContext({ viewport, colorScheme: theme })
      context.setDefaultTimeout(10_000)
      return { page: await context.newPage(), context }
    },
    close: async () => {
      await browser.close()
      await endServers()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Calls the API of the workspace `default` and answers its JSON. */
export async function call<Answer>(
  url: string,
  method: string,
  path: string,
  options: { body?: unknown; token?: string } = {},
): Promise<Answer> {
  const { body, token } = options
  const answer = await fetch(`${url}/api/millrace/v1/w/default/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Answer // what each path answers is its contract's, which its own tests hold
}

/** What axe finds wrong, by rule and place. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`)
}

/** True when something that somebody wrote has run. */
export const wasHacked = (page: Page): Promise<boolean> => page.evaluate(() => 'hacked' in globalThis)

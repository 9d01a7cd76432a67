import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type InstalledPackage, installPackage } from '../packed/installed-package.ts'

let installed: InstalledPackage
beforeAll(() => void (installed = installPackage()), 240_000)
afterAll(() => installed.remove())

it('shows the whole demo from the installed npm package', async () => {
  const dataDir = join(installed.folder, 'demo')
  const { exitCode, said } = await installed.run(['demo', '--fast', '--headless', '--port', '0', '--data-dir', dataDir])
  expect(said).toContain('lineage agrees with the log')
  expect(exitCode).toBe(0)
}, 600_000)

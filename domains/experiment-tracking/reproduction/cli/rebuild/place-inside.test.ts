import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { placeInside } from './place-inside.ts'

it('keeps paths in their folder, also those through links', async () => {
  const outer = await mkdtemp(join(tmpdir(), 'millrace-inside-'))
  onTestFinished(() => rm(outer, { recursive: true }))
  const folder = join(outer, 'code')
  await mkdir(join(folder, 'data'), { recursive: true })
  await symlink(outer, join(folder, 'out'))
  await symlink(join(folder, 'data'), join(folder, 'link'))
  expect(await placeInside(folder, 'data/new/a.csv')).toBe(join(folder, 'data/new/a.csv'))
  expect(await placeInside(folder, 'link/a.csv')).toBe(join(folder, 'link/a.csv'))
  expect(await placeInside(folder, '.')).toBe(folder)
  for (const path of ['../a', '/etc/passwd', 'data/../../a', 'out/a', 'out/deep/a']) {
    expect(await placeInside(folder, path)).toBeUndefined()
  }
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './root.ts'
import { errorCatalogue, errorsPath } from './write-errors.ts'

it('finds docs/errors.md as the code declares its problems; else run node bin/tasks/write-errors.ts', async () => {
  expect(readFileSync(join(root, errorsPath), 'utf8')).toBe(await errorCatalogue())
})

it('finds a sentence for every problem', async () => {
  const silent = (await errorCatalogue()).split('\n').filter((line) => /^\| `.*\|\s+\|$/.test(line))
  expect(silent).toEqual([])
})

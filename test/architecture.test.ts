import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { rules } from './architecture/rules.ts'
import { readTree } from './architecture/source-tree.ts'

describe('the architecture', () => {
  const tree = readTree(fileURLToPath(new URL('..', import.meta.url)))

  it.each(rules)('$name', ({ check }) => {
    const violations = check(tree).map(({ at, says }) => `${at} ${says}`)
    expect(violations, `\n${violations.join('\n')}\n`).toEqual([])
  })
})

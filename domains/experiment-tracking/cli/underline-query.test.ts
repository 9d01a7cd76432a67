import { Problem } from '@millrace/contract'
import { expect, it } from 'vitest'
import { underlined } from './underline-query.ts'

it('underlines the piece of a query that is not understood', async () => {
  const problem = new Problem('experiment-tracking/bad-query', 400, 'Expected a number.', { start: 7, end: 10 })
  await expect(underlined('loss < red', Promise.reject(problem))).rejects.toThrow(
    'Expected a number.\n  loss < red\n         ^^^',
  )
})

it('lets answers and other problems through', async () => {
  expect(await underlined('a', Promise.resolve(1))).toBe(1)
  const other = new Problem('access/forbidden', 403, 'No.')
  await expect(underlined('a', Promise.reject(other))).rejects.toBe(other)
})

import { describe, expect, it } from 'vitest'
import { writeQuery } from './view-state.ts'

const defaults = { sort: '-metrics.val/auc:best', q: '' }

describe('view state in the address', () => {
  it('leaves out what is the default', () => {
    expect(writeQuery('', defaults, { sort: '-metrics.val/auc:best' })).toBe('')
    expect(writeQuery('?q=x', defaults, { q: '' })).toBe('')
  })
  it('keeps slashes and colons readable', () => {
    expect(writeQuery('', defaults, { sort: 'metrics.val/ece:last' })).toBe('?sort=metrics.val/ece:last')
  })
  it('keeps what others wrote', () => {
    expect(writeQuery('?theme=dark&q=a', defaults, { q: 'b' })).toBe('?theme=dark&q=b')
  })
})

import { describe, expect, it } from 'vitest'
import {
  groupsOf,
  nextSort,
  nextSorts,
  parseSort,
  parseSorts,
  templateOf,
  writeSort,
  writeSorts,
  type Column,
} from './column.ts'

const column = (id: string, more: Partial<Column<unknown>> = {}): Column<unknown> => ({
  id,
  head: id,
  width: 80,
  cell: () => null,
  ...more,
})

describe('columns', () => {
  it('share what is left only where they grow', () => {
    expect(templateOf([column('a'), column('b', { grow: 2 })])).toBe('80px minmax(80px, 2fr)')
  })
  it('stand under one head with their neighbours of the same group', () => {
    expect(
      groupsOf([
        column('run'),
        column('auc', { group: 'val' }),
        column('ece', { group: 'val' }),
        column('lr', { group: 'params' }),
      ]),
    ).toEqual([
      { name: '', span: 1 },
      { name: 'val', span: 2 },
      { name: 'params', span: 1 },
    ])
    expect(groupsOf([column('run')])).toBeNull()
  })
})

describe('sorting', () => {
  it('is written as in the address and read back', () => {
    expect(writeSort(parseSort('-metrics.val/auc:best'))).toBe('-metrics.val/auc:best')
    expect(parseSort('')).toBeNull()
  })
  it('goes from descending to ascending to none', () => {
    const first = nextSort(null, 'a')
    expect(first).toEqual({ id: 'a', descending: true })
    expect(nextSort(first, 'a')).toEqual({ id: 'a', descending: false })
    expect(nextSort(nextSort(first, 'a'), 'a')).toBeNull()
    expect(nextSort(first, 'b')).toEqual({ id: 'b', descending: true })
  })
  it('takes one column more with Shift, and keeps the order of those it had', () => {
    const two = nextSorts(nextSorts([], 'a', false), 'b', true)
    expect(two.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(nextSorts(two, 'a', true)[0]).toEqual({ id: 'a', descending: false })
    expect(nextSorts(two, 'c', false)).toEqual([{ id: 'c', descending: true }])
    const odd = [
      { id: 'params.a,b', descending: true },
      { id: 'name', descending: false },
    ]
    expect(parseSorts(writeSorts(odd))).toEqual(odd)
  })
})

import { expect, it } from 'vitest'
import { formatTable } from './table.ts'

const columns = [
  { title: 'Name', value: (row: { name: string; n: number | null }) => row.name },
  { title: 'Rows', value: (row: { name: string; n: number | null }) => row.n, align: 'right' as const },
]

it('aligns columns and marks what is missing', () => {
  expect(
    formatTable(
      [
        { name: 'flights', n: 3000 },
        { name: 'é', n: null },
      ],
      columns,
    ),
  ).toBe('Name     Rows\nflights  3000\né           –')
})
it('says so when there is nothing', () => {
  expect(formatTable([], columns)).toBe('Nothing here yet.')
})
it('keeps a hostile name from moving the cursor', () => {
  expect(formatTable([{ name: '\u001b[2Jgone\n', n: 1 }], columns)).not.toContain('\u001b')
})

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
it('breaks long texts between words where a column asks for it', () => {
  const wrapped = [
    { title: 'Says', value: (row: string) => row, wrapAt: 10 },
    { title: 'N', value: () => 1 },
  ]
  expect(formatTable(['one two three four'], wrapped)).toBe('Says        N\none two     1\nthree four')
})
it('says so when there is nothing', () => {
  expect(formatTable([], columns)).toBe('Nothing here yet.')
})
it('keeps a hostile name from moving the cursor', () => {
  expect(formatTable([{ name: '\u001b[2Jgone\n', n: 1 }], columns)).not.toContain('\u001b')
})

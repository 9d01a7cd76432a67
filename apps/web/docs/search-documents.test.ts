import { expect, it } from 'vitest'
import { searchDocuments } from './search-documents.ts'

const texts = [
  { key: 'a', title: 'Alpha', text: '# Alpha\nall about runs\n## Quotas\nA limit of bytes.\n' },
  { key: 'b', title: 'Beta', text: '# Beta\nA quota is a limit; see runs.\n' },
]

it('finds passages that hold every word, headings first', () => {
  expect(searchDocuments(texts, 'quota').map(({ key, heading }) => [key, heading])).toEqual([
    ['a', 'Quotas'],
    ['b', 'Beta'],
  ])
  expect(searchDocuments(texts, 'limit bytes').map(({ anchor }) => anchor)).toEqual(['quotas'])
  expect(searchDocuments(texts, ' ')).toEqual([])
})

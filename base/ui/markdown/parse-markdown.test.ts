import { describe, expect, it } from 'vitest'
import { safeAddress } from './parse-inline.ts'
import { parseMarkdown, slugOf } from './parse-markdown.ts'

const kinds = (text: string) => parseMarkdown(text).map(({ kind }) => kind)

describe('Markdown', () => {
  it('is read block by block', () => {
    expect(kinds('# A\n\nsome *words*\nmore\n\n- one\n- two\n\n```sh\nls\n```\n\n> said\n\n---\n')).toEqual([
      'heading',
      'paragraph',
      'list',
      'code',
      'quote',
      'rule',
    ])
    expect(kinds('| a | b |\n|---|---|\n| 1 | 2 |')).toEqual(['table'])
  })
  it('keeps lists within lists', () => {
    const [list] = parseMarkdown('1. one\n   - inner\n   - more\n2. two')
    expect(list).toMatchObject({ kind: 'list', ordered: true })
    expect(list?.kind === 'list' && list.items.map((item) => item.map(({ kind }) => kind))).toEqual([
      ['paragraph', 'list'],
      ['paragraph'],
    ])
  })
  it('takes tags for text', () => {
    const [paragraph] = parseMarkdown('<img src=x onerror="hacked()"> <script>x</script>')
    expect(paragraph).toEqual({
      kind: 'paragraph',
      inline: [{ kind: 'text', text: '<img src=x onerror="hacked()"> <script>x</script>' }],
    })
  })
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:x',
    'java\u0000script:x',
    ' \tjavascript:x',
    'data:text/html,x',
    '//evil.example',
  ])('follows no link to %j', (to) => expect(safeAddress(to)).toBeNull())
  it.each(['https://a.example/x', '/models', 'tracking.md#search', '#here', 'mailto:a@b.example'])(
    'follows a link to %s',
    (to) => expect(safeAddress(to)).toBe(to),
  )
  it('ends on whatever is written', () => {
    for (const text of ['*'.repeat(5000), '['.repeat(3000), '> '.repeat(500), '- '.repeat(800), '`'.repeat(4001)]) {
      expect(parseMarkdown(text).length).toBeGreaterThanOrEqual(0)
    }
  })
  it('names headings for addresses', () => expect(slugOf('What `it` is: Ärger & co.')).toBe('what-it-is-ärger-co'))
})

import { parseInline, type Inline } from './parse-inline.ts'

/** A block of Markdown. Nothing in it is HTML: what looks like a tag is text. */
export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3 | 4; id: string; inline: Inline[] }
  | { kind: 'paragraph'; inline: Inline[] }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'list'; ordered: boolean; items: Block[][] }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' }

interface Cursor {
  readonly lines: readonly string[]
  at: number
}

const MOST_LINES = 20_000
const MOST_NESTED = 6

/** Reads the Markdown that people write: headings, paragraphs, lists, tables, quotes and code. Whatever else is text. */
export function parseMarkdown(text: string): Block[] {
  const lines = text.replaceAll('\r\n', '\n').replaceAll('\t', '    ').split('\n').slice(0, MOST_LINES)
  return parseBlocks(lines, 0)
}

function parseBlocks(lines: readonly string[], depth: number): Block[] {
  const cursor: Cursor = { lines, at: 0 }
  const blocks: Block[] = []
  while (cursor.at < lines.length) {
    if (line(cursor).trim() === '') {
      cursor.at++
      continue
    }
    blocks.push(nextBlock(cursor, depth))
  }
  return blocks
}

const line = (cursor: Cursor) => cursor.lines[cursor.at] ?? ''

function nextBlock(cursor: Cursor, depth: number): Block {
  return (
    readFence(cursor) ??
    readHeading(cursor) ??
    readRule(cursor) ??
    readTable(cursor) ??
    (depth < MOST_NESTED ? (readQuote(cursor, depth) ?? readList(cursor, depth)) : null) ??
    readParagraph(cursor)
  )
}

function readFence(cursor: Cursor): Block | null {
  const fence = /^ {0,3}(`{3,}|~{3,})\s*([\w+-]*)/.exec(line(cursor))
  if (fence === null) return null
  const [, mark = '```', language = ''] = fence
  const text: string[] = []
  for (cursor.at++; cursor.at < cursor.lines.length; cursor.at++) {
    if (line(cursor).trim().startsWith(mark)) {
      cursor.at++
      break
    }
    text.push(line(cursor))
  }
  return { kind: 'code', language, text: text.join('\n') }
}

function readHeading(cursor: Cursor): Block | null {
  const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(line(cursor))
  if (heading === null) return null
  cursor.at++
  const [, marks = '#', says = ''] = heading
  const level = Math.min(4, marks.length) as 1 | 2 | 3 | 4 // one to four, by the pattern
  return { kind: 'heading', level, id: slugOf(says), inline: parseInline(says) }
}

/** The name of a heading in an address, as code hosts write it. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replaceAll(/\s+/g, '-')
}

function readRule(cursor: Cursor): Block | null {
  if (!/^ {0,3}([-*_])( *\1){2,} *$/.test(line(cursor))) return null
  cursor.at++
  return { kind: 'rule' }
}

function readTable(cursor: Cursor): Block | null {
  const under = cursor.lines[cursor.at + 1] ?? ''
  if (!line(cursor).includes('|') || !/^\s*\|?[\s:|-]*-[\s:|-]*$/.test(under) || !under.includes('|')) return null
  const head = cellsOf(line(cursor))
  cursor.at += 2
  const rows: Inline[][][] = []
  for (; line(cursor).includes('|') && line(cursor).trim() !== ''; cursor.at++) rows.push(cellsOf(line(cursor)))
  return { kind: 'table', head, rows }
}

function cellsOf(text: string): Inline[][] {
  const bare = text.trim().replace(/^\|/, '').replace(/\|$/, '')
  return bare.split(/(?<!\\)\|/).map((cell) => parseInline(cell.trim().replaceAll(String.raw`\|`, '|')))
}

function readQuote(cursor: Cursor, depth: number): Block | null {
  if (!/^ {0,3}>/.test(line(cursor))) return null
  const inside: string[] = []
  for (; /^ {0,3}>/.test(line(cursor)); cursor.at++) inside.push(line(cursor).replace(/^ {0,3}> ?/, ''))
  return { kind: 'quote', blocks: parseBlocks(inside, depth + 1) }
}

const ITEM = /^( *)([-*+]|\d{1,9}[.)])( +)(.*)$/

interface Item {
  readonly indent: number
  readonly ordered: boolean
  readonly match: RegExpExecArray
}

function itemAt(cursor: Cursor): Item | null {
  const match = ITEM.exec(line(cursor))
  if (match === null) return null
  const [, lead = '', mark = ''] = match
  return { match, indent: lead.length, ordered: /\d/.test(mark) }
}

function readList(cursor: Cursor, depth: number): Block | null {
  const first = itemAt(cursor)
  if (first === null) return null
  const items: Block[][] = []
  for (let item: Item | null = first; item !== null; item = itemAt(cursor)) {
    if (item.indent !== first.indent || item.ordered !== first.ordered) break
    items.push(parseBlocks(linesOfItem(cursor, item.match), depth + 1))
  }
  return { kind: 'list', ordered: first.ordered, items }
}

/** The lines of one item, without their indent: it goes on while lines are deeper, or follow without a blank. */
function linesOfItem(cursor: Cursor, item: RegExpExecArray): string[] {
  const [, lead = '', mark = '', space = '', rest = ''] = item
  const deep = lead.length + mark.length + space.length
  const inside = [rest]
  for (cursor.at++; cursor.at < cursor.lines.length; cursor.at++) {
    const now = line(cursor)
    const blank = now.trim() === ''
    const next = cursor.lines[cursor.at + 1] ?? ''
    const indentOf = now.length - now.trimStart().length
    if (
      blank ? next.length - next.trimStart().length < deep || next.trim() === '' : endsItem(now, indentOf, deep, inside)
    )
      break
    inside.push(now.slice(Math.min(deep, indentOf)))
  }
  return inside
}

function endsItem(text: string, indent: number, deep: number, inside: readonly string[]): boolean {
  if (indent >= deep) return false
  return ITEM.test(text) || startsBlock(text) || inside.at(-1)?.trim() === ''
}

const startsBlock = (text: string) => /^ {0,3}(#{1,6}\s|`{3}|~{3}|>)/.test(text)

function readParagraph(cursor: Cursor): Block {
  const text = [line(cursor).trim()]
  for (cursor.at++; cursor.at < cursor.lines.length; cursor.at++) {
    const now = line(cursor)
    if (now.trim() === '' || startsBlock(now) || ITEM.test(now)) break
    text.push(now.trim())
  }
  return { kind: 'paragraph', inline: parseInline(text.join(' ')) }
}

import type { Span } from './tree.ts'
import { QueryError } from './tree.ts'

export interface Token {
  readonly kind: 'word' | 'text' | 'sign' | 'end'
  /** A word without its backticks, a text without its quotes. */
  readonly text: string
  readonly at: Span
  /** A word that was written in backticks all through is never a keyword. */
  readonly isPlain: boolean
  /** For a word such as metrics.`a b`: its parts before and after the first dot outside backticks. */
  readonly parts: readonly [string] | readonly [string, string]
}

const space = /\s+/y
const sign = /<=|>=|!=|!~|<>|==|[=<>~(),]/y
const quoted = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"/y
const word = /(?:`[^`]*`|[^\s=!<>~(),'"`])+/y

/** Cuts a query into tokens, the last of which is `end`. Throws `QueryError` at a character that fits nowhere. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (form: RegExp): string | undefined => {
    form.lastIndex = at
    const found = form.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  for (;;) {
    take(space)
    const start = at
    if (start >= text.length) return [...tokens, plain('end', '', { start, end: start })]
    const token = readToken(take, start)
    if (token === undefined) throw new QueryError(strangeCharacter(text.charAt(start)), { start, end: start + 1 })
    tokens.push({ ...token, at: { start, end: at } })
  }
}

function readToken(take: (form: RegExp) => string | undefined, start: number): Token | undefined {
  const at = { start, end: start }
  const signed = take(sign)
  if (signed !== undefined) return plain('sign', signed === '<>' ? '!=' : signed === '==' ? '=' : signed, at)
  const text = take(quoted)
  if (text !== undefined) return plain('text', unquote(text), at)
  const name = take(word)
  return name === undefined ? undefined : { ...plain('word', withoutBackticks(name), at), ...nameOf(name) }
}

function plain(kind: Token['kind'], text: string, at: Span): Token {
  return { kind, text, at, isPlain: true, parts: [text] }
}

function nameOf(name: string): Pick<Token, 'isPlain' | 'parts'> {
  const isPlain = !name.includes('`')
  const dot = /^(?:`[^`]*`|[^`.])*\./.exec(name)?.[0].length
  if (dot === undefined) return { isPlain, parts: [withoutBackticks(name)] }
  return { isPlain, parts: [withoutBackticks(name.slice(0, dot - 1)), withoutBackticks(name.slice(dot))] }
}

function withoutBackticks(name: string): string {
  return name.replaceAll('`', '')
}

function unquote(text: string): string {
  const inner = text.slice(1, -1)
  const single = text.startsWith("'") ? inner.replaceAll("''", "'") : inner
  return single.replaceAll(/\\(['"\\])/g, '$1')
}

function strangeCharacter(character: string): string {
  if (character === '`') return 'A backtick is not closed.'
  if (character === "'" || character === '"') return 'A quote is not closed.'
  return `"${character}" means nothing here.`
}

/** A piece of a filter in MLflow's grammar, as its text has it. */
export interface FilterToken {
  readonly kind: 'identifier' | 'text' | 'number' | 'comparator' | 'keyword' | 'list' | 'other'
  readonly text: string
}

const keywords = new Set(['AND', 'OR', 'NOT', 'IN', 'IS', 'NULL', 'BETWEEN', 'TRUE', 'FALSE'])
const wordComparators = new Set(['LIKE', 'ILIKE', 'RLIKE', 'REGEXP'])

// In this order: a bracketed list, a number, a text in single quotes, a name whose parts may be quoted, a comparator.
const form =
  /\s*(?:(\((?:'[^']*'|"[^"]*"|[^()'"])*\))|([-]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])|('(?:[^'\\]|\\.|'')*')|((?:`[^`]*`|"[^"]*"|[A-Za-z_\u0080-\uffff][\w\-/:\u0080-\uffff]*)(?:\.(?:`[^`]*`|"[^"]*"|[\w\-/:\u0080-\uffff]+))*)|(==|<=|>=|!=|<>|=|<|>)|(--[^\n]*\n?|\S))/y

const kinds = ['list', 'number', 'text', 'identifier', 'comparator', 'other'] as const

/** Cuts a filter into its pieces; what fits nowhere is a piece of its own. */
export function filterTokens(text: string): FilterToken[] {
  const tokens: FilterToken[] = []
  const end = text.trimEnd().length
  form.lastIndex = 0
  while (form.lastIndex < end) {
    const groups = form.exec(text)?.slice(1) ?? []
    const at = groups.findIndex((group) => group !== undefined)
    const kind = kinds[at]
    if (kind === undefined) break
    tokens.push(wordOf({ kind, text: groups[at] ?? '' }))
  }
  return tokens
}

function wordOf(token: FilterToken): FilterToken {
  if (token.kind !== 'identifier') return token
  const word = token.text.toUpperCase()
  if (keywords.has(word)) return { kind: 'keyword', text: token.text }
  return wordComparators.has(word) ? { kind: 'comparator', text: token.text } : token
}

/** The parts of a dotted name: what is before its first dot, and the rest without its quotes. */
export function nameParts(name: string): { prefix: string | undefined; key: string } {
  const match = /^(`[^`]*`|"[^"]*"|[^.]*)\.(.*)$/s.exec(name)
  if (match === null) return { prefix: undefined, key: unquoted(name) }
  return { prefix: unquoted(match[1] ?? ''), key: unquoted(match[2] ?? '') }
}

/** A name without the quotes around it. */
export function unquoted(text: string): string {
  return /^(`.*`|".*"|'.*')$/s.test(text) && text.length >= 2 ? text.slice(1, -1) : text
}

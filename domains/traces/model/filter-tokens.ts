import { problem } from './problems.ts'

/** A word of a filter. A name's prefix is what stands before its first dot. */
export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly prefix: string | undefined; readonly key: string }
  | { readonly kind: 'text' | 'number' | 'sign'; readonly text: string }

// A name (parts joined by dots, its last part perhaps quoted), a quoted text, a number, a comparator, a bracket or comma.
const form =
  /\s*(?:([A-Za-z_][\w\-:/@]*(?:\.[\w\-:/@]+)*(?:\.(?:`[^`]+`|"[^"]+"))?|`[^`]+`)|'((?:[^'\\]|\\.|'')*)'|"((?:[^"\\]|\\.)*)"|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])|(<=|>=|!=|<>|=|<|>|\(|\)|,)|(\S))/y

const longest = 20_000

/** The words of a filter, read one after another. Throws `traces/bad-filter`. */
export class Tokens {
  readonly #tokens: readonly Token[]
  #at = 0
  constructor(text: string) {
    this.#tokens = tokenise(text)
  }

  done(): boolean {
    return this.#at >= this.#tokens.length
  }

  next(what: string): Token {
    const token = this.#tokens[this.#at]
    if (token === undefined) throw bad(`Invalid clause(s) in filter string: it ends where ${what} should follow.`)
    this.#at += 1
    return token
  }

  expectAnd(): void {
    const token = this.next('AND')
    if (!isWord(token, 'AND')) throw bad(`Invalid clause(s) in filter string: '${token.text}'`)
  }

  comparator(): string {
    if (this.#take('IS')) {
      const sign = this.#take('NOT') ? 'IS NOT NULL' : 'IS NULL'
      if (!this.#take('NULL')) throw bad("Invalid clause(s) in filter string: NULL should follow 'IS'.")
      return sign
    }
    if (this.#take('NOT')) {
      if (this.#take('IN')) return 'NOT IN'
      throw bad("Invalid clause(s) in filter string: IN should follow 'NOT'.")
    }
    const token = this.next('a comparator')
    const text = token.text.toUpperCase()
    if (text === '<>') return '!='
    if (['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'ILIKE', 'RLIKE', 'IN'].includes(text)) return text
    throw bad(`Invalid clause(s) in filter string: '${token.text}'`)
  }

  /** `('a', 'b')` */
  list(): string[] {
    if (this.next('"("').text !== '(') throw bad('A list of quoted texts in brackets should follow IN.')
    const values: string[] = []
    for (;;) {
      const token = this.next('a quoted text')
      if (token.kind !== 'text') throw bad(`Expected a quoted text in the list. Got ${token.text}`)
      values.push(token.text)
      const separator = this.next('"," or ")"').text
      if (separator === ')') return values
      if (separator !== ',') throw bad(`Invalid clause(s) in filter string: found '${separator}' in a list.`)
    }
  }

  #take(word: string): boolean {
    const token = this.#tokens[this.#at]
    if (token === undefined || !isWord(token, word)) return false
    this.#at += 1
    return true
  }
}

function isWord(token: Token, word: string): boolean {
  return token.kind === 'name' && token.text.toUpperCase() === word
}

function tokenise(text: string): Token[] {
  if (text.length > longest) throw bad(`A filter has at most ${longest} characters.`)
  const tokens: Token[] = []
  const end = text.trimEnd().length
  form.lastIndex = 0
  while (form.lastIndex < end) {
    const [, name, single, double, number, sign, other] = form.exec(text) ?? []
    if (name !== undefined) tokens.push(nameOf(name))
    else if (single !== undefined)
      tokens.push({ kind: 'text', text: single.replaceAll("''", "'").replaceAll("\\'", "'") })
    else if (double !== undefined) tokens.push({ kind: 'text', text: double.replaceAll('\\"', '"') })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
    else throw bad(`Invalid clause(s) in filter string: '${other ?? text.slice(0, 100)}'`)
  }
  return tokens
}

function nameOf(text: string): Token {
  if (text.startsWith('`')) return { kind: 'name', text, prefix: undefined, key: text.slice(1, -1) }
  const dot = text.indexOf('.')
  if (dot < 0) return { kind: 'name', text, prefix: undefined, key: text }
  const key = text.slice(dot + 1).replace(/(^|\.)[`"](.*)[`"]$/s, '$1$2')
  return { kind: 'name', text, prefix: text.slice(0, dot), key }
}

function bad(reason: string): Error {
  return problem['bad-filter']({ reason })
}

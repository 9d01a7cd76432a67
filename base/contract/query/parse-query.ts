import { durationMs, valueOf } from './read-value.ts'
import type { Token } from './tokens.ts'
import { tokenise } from './tokens.ts'
import type { Query, QueryField, QueryOperator, QueryValue, Span } from './tree.ts'
import { QueryError } from './tree.ts'

const deepest = 100

/**
 * Reads a query: `metrics.val/auc > 0.8 and (params.model in (lightgbm, mlp) or tags.sweep = lr) and status != failed`.
 * Which fields there are is the domain's matter. Throws `QueryError`, which says where and what was expected.
 */
export function parseQuery(text: string): Query {
  const parser = new Parser(tokenise(text))
  return parser.readAll({ start: 0, end: text.length })
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  readAll(whole: Span): Query {
    if (this.#peek().kind === 'end') return { kind: 'everything', at: whole }
    const query = this.#readJoined('or')
    const rest = this.#peek()
    if (rest.kind !== 'end') throw expected('"and", "or" or the end', rest)
    return query
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]
    if (token === undefined) throw new Error('A query always ends with a token.')
    return token
  }

  #take(): Token {
    const token = this.#peek()
    this.#at += 1
    return token
  }

  #takeIf(matches: (token: Token) => boolean): Token | undefined {
    return matches(this.#peek()) ? this.#take() : undefined
  }

  #expectSign(sign: string): Token {
    const token = this.#take()
    if (!isSign(sign)(token)) throw expected(`"${sign}"`, token)
    return token
  }

  /** Parts joined by `or`, each of which is joined by `and`. */
  #readJoined(kind: 'or' | 'and'): Query {
    const next = () => (kind === 'or' ? this.#readJoined('and') : this.#readTerm())
    const first = next()
    const parts = [first]
    while (this.#takeIf(isWord(kind)) !== undefined) parts.push(next())
    const last = parts.at(-1) ?? first
    return parts.length === 1 ? first : { kind, of: parts, at: { start: first.at.start, end: last.at.end } }
  }

  #readTerm(): Query {
    this.#depth += 1
    if (this.#depth > deepest) throw new QueryError('There are too many brackets in one another.', this.#peek().at)
    const term = this.#readOneTerm()
    this.#depth -= 1
    return term
  }

  #readOneTerm(): Query {
    const start = this.#peek()
    if (this.#takeIf(isSign('(')) !== undefined) {
      const inner = this.#readJoined('or')
      const end = this.#expectSign(')')
      return { ...inner, at: { start: start.at.start, end: end.at.end } }
    }
    if (this.#takeIf(isWord('not')) !== undefined) {
      const of = this.#readTerm()
      return { kind: 'not', of, at: { start: start.at.start, end: of.at.end } }
    }
    if (isWord('exists')(start) && this.#peek(1).kind !== 'end') return this.#readExists()
    if (isFreeText(start, this.#peek(1))) return this.#readText()
    return this.#readComparison()
  }

  /** `exists metrics.loss` and `exists(metrics.loss)`. */
  #readExists(): Query {
    const start = this.#take()
    const isBracketed = this.#takeIf(isSign('(')) !== undefined
    const field = this.#readField()
    const end = isBracketed ? this.#expectSign(')').at.end : field.at.end
    return { kind: 'exists', field, at: { start: start.at.start, end } }
  }

  /** Words up to the next operator, bracket or end. */
  #readText(): Query {
    const words = [this.#take()]
    while (isFreeText(this.#peek(), this.#peek(1))) words.push(this.#take())
    const [first, last] = [words[0], words.at(-1)]
    const at = { start: first?.at.start ?? 0, end: last?.at.end ?? 0 }
    return { kind: 'text', text: words.map((word) => word.text).join(' '), at }
  }

  #readComparison(): Query {
    const field = this.#readField()
    const { start } = field.at
    const operator = this.#take()
    if (isWord('exists')(operator)) return { kind: 'exists', field, at: { start, end: operator.at.end } }
    const negated = isWord('not')(operator)
    if (negated || isWord('in')(operator)) return this.#readIn(field, negated)
    const sign = operatorOf(operator)
    if (sign === undefined) throw expected('=, !=, <, <=, >, >=, ~, !~, in, not in, contains or exists', operator)
    const value = this.#readValue()
    return { kind: 'compare', field, operator: sign, value, at: { start, end: value.at.end } }
  }

  #readIn(field: QueryField, negated: boolean): Query {
    if (negated) {
      const word = this.#take()
      if (!isWord('in')(word)) throw expected('"in"', word)
    }
    this.#expectSign('(')
    const values = [this.#readValue()]
    while (this.#takeIf(isSign(',')) !== undefined) values.push(this.#readValue())
    const end = this.#expectSign(')')
    return { kind: 'in', field, negated, values, at: { start: field.at.start, end: end.at.end } }
  }

  /** A name, or a function of one: `min(metrics.loss)`, `at(metrics.loss, 1000)`. */
  #readField(): QueryField {
    const token = this.#take()
    if (token.kind !== 'word' || (token.isPlain && isKeyword(token.text))) throw expected('a field', token)
    if (this.#takeIf(isSign('(')) === undefined) return { ...fieldOf(token), at: token.at }
    const name = this.#take()
    if (name.kind !== 'word') throw expected('a field', name)
    const argument = this.#takeIf(isSign(',')) === undefined ? {} : { argument: this.#readNumber() }
    const end = this.#expectSign(')')
    return {
      ...fieldOf(name),
      function: token.text.toLowerCase(),
      ...argument,
      at: { start: token.at.start, end: end.at.end },
    }
  }

  #readNumber(): number {
    const token = this.#take()
    const value = token.kind === 'word' ? valueOf(token) : undefined
    if (value?.kind !== 'number') throw expected('a number', token)
    return value.value
  }

  #readValue(): QueryValue {
    const token = this.#take()
    if (token.kind !== 'word' && token.kind !== 'text') throw expected('a value', token)
    const isNow = isWord('now')(token) && isSign('(')(this.#peek()) && isSign(')')(this.#peek(1))
    if (!isNow) return valueOf(token)
    this.#take()
    const end = this.#take()
    return this.#readNow({ start: token.at.start, end: end.at.end })
  }

  /** What is added to now: `- 7d`, `-7d`, `+ 2h`, or nothing. */
  #readNow(at: Span): QueryValue {
    const next = this.#peek()
    const whole = next.kind === 'word' && /^[-+]/.test(next.text) ? durationMs(next.text) : undefined
    if (whole !== undefined) {
      return { kind: 'now', offsetMs: whole, at: { start: at.start, end: this.#take().at.end } }
    }
    if (next.text !== '-' && next.text !== '+') return { kind: 'now', offsetMs: 0, at }
    this.#take()
    const token = this.#take()
    const ms = token.kind === 'word' ? durationMs(token.text) : undefined
    if (ms === undefined) throw expected('a duration such as 7d or 2h', token)
    return { kind: 'now', offsetMs: next.text === '-' ? -ms : ms, at: { start: at.start, end: token.at.end } }
  }
}

const keywords = new Set(['and', 'or', 'not', 'in', 'exists', 'contains'])

function isKeyword(text: string): boolean {
  return keywords.has(text.toLowerCase())
}

function isWord(word: string): (token: Token) => boolean {
  return ({ kind, text, isPlain }) => kind === 'word' && isPlain && text.toLowerCase() === word
}

function isSign(sign: string): (token: Token) => boolean {
  return ({ kind, text }) => kind === 'sign' && text === sign
}

/** A word or text that no operator follows. */
function isFreeText(token: Token, next: Token): boolean {
  if (token.kind === 'text') return true
  if (token.kind !== 'word' || (token.isPlain && isKeyword(token.text))) return false
  if (next.kind === 'sign') return next.text === ')'
  return !(
    next.kind === 'word' &&
    next.isPlain &&
    ['in', 'not', 'exists', 'contains'].includes(next.text.toLowerCase())
  )
}

function operatorOf(token: Token): QueryOperator | undefined {
  if (isWord('contains')(token)) return 'contains'
  const signs: readonly QueryOperator[] = ['=', '!=', '<', '<=', '>', '>=', '~', '!~']
  return token.kind === 'sign' ? signs.find((sign) => sign === token.text) : undefined
}

function fieldOf({ parts }: Token): Pick<QueryField, 'name' | 'key'> {
  const [name, key] = parts
  return key === undefined ? { name } : { name, key }
}

function expected(what: string, token: Token): QueryError {
  const found = token.kind === 'end' ? 'the query ends' : `"${token.text}" stands`
  return new QueryError(`Expected ${what} where ${found}.`, token.at)
}

import { problem } from './problems.ts'

export type Entity = 'metric' | 'param' | 'tag' | 'attribute' | 'dataset'
export type Comparator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'LIKE'
  | 'ILIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL'

/** What a clause speaks of. Attributes are the run's (or experiment's) own fields. */
export interface Field {
  readonly entity: Entity
  readonly key: string
}

/** One condition; a filter is all of its clauses together. */
export interface Clause extends Field {
  readonly comparator: Comparator
  /** A list for IN and NOT IN; null for IS NULL and IS NOT NULL. */
  readonly value: string | number | readonly string[] | null
}

export interface Order extends Field {
  readonly descending: boolean
}

const entities: Readonly<Record<string, Entity>> = {
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  dataset: 'dataset',
  datasets: 'dataset',
}

interface Token {
  readonly kind: 'word' | 'quoted-name' | 'text' | 'number' | 'sign'
  readonly text: string
}

// A field (whose key may be quoted), a quoted text, a number, a comparator, a bracket or a comma.
const tokenForm =
  /\s*(?:([A-Za-z_]\w*\.(?:`[^`]+`|"[^"]+"))|(`[^`]+`)|('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*")|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])|([A-Za-z_][\w.\-/:]*)|(<=|>=|!=|<>|=|<|>|\(|\)|,)|(\S))/y

/**
 * Reads a filter in the grammar that MLflow's clients write: clauses joined by AND. Throws `experiment-tracking/bad-filter`.
 * @param attributes the attribute names that may be asked for
 */
export function parseFilter(text: string, attributes: ReadonlySet<string>): Clause[] {
  const tokens = new Tokens(tokenise(text), text)
  const clauses: Clause[] = []
  while (!tokens.done()) {
    if (clauses.length > 0) tokens.expectWord('AND')
    clauses.push(readClause(tokens, attributes))
  }
  return clauses
}

/** Reads `metrics.loss DESC` and the like. Throws `experiment-tracking/bad-filter`. */
export function parseOrder(text: string, attributes: ReadonlySet<string>): Order {
  const match = /^\s*(.+?)(?:\s+(ASC|DESC))?\s*$/i.exec(text)
  const [token, ...rest] = tokenise(match?.[1] ?? '')
  if (token === undefined || rest.length > 0)
    throw bad(`Invalid order_by clause '${text}'. Write it as metrics.loss ASC or attributes.start_time DESC.`)
  return { ...fieldOf(token, attributes), descending: match?.[2]?.toUpperCase() === 'DESC' }
}

class Tokens {
  readonly #tokens: readonly Token[]
  readonly #source: string
  #at = 0
  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens
    this.#source = source
  }
  done(): boolean {
    return this.#at >= this.#tokens.length
  }
  next(what: string): Token {
    const token = this.#tokens[this.#at]
    if (token === undefined)
      throw bad(`Invalid clause(s) in filter string: '${this.#source.slice(0, 200)}' ends where ${what} should follow.`)
    this.#at += 1
    return token
  }
  takeWord(word: string): boolean {
    const token = this.#tokens[this.#at]
    if (token?.kind !== 'word' || token.text.toUpperCase() !== word) return false
    this.#at += 1
    return true
  }
  expectWord(word: string): void {
    const token = this.next(word)
    if (token.kind !== 'word' || token.text.toUpperCase() !== word) {
      throw bad(
        `Invalid clause(s) in filter string: '${token.text}'. Join clauses with AND; there is no OR and there are no groups.`,
      )
    }
  }
  expectSign(sign: string): void {
    const token = this.next(`"${sign}"`)
    if (token.text !== sign)
      throw bad(`Invalid clause(s) in filter string: found '${token.text}' where "${sign}" should be.`)
  }
}

function readClause(tokens: Tokens, attributes: ReadonlySet<string>): Clause {
  const field = fieldOf(tokens.next('a field'), attributes)
  if (tokens.takeWord('IS')) {
    const comparator = tokens.takeWord('NOT') ? 'IS NOT NULL' : 'IS NULL'
    tokens.expectWord('NULL')
    return checked({ ...field, comparator, value: null })
  }
  const negated = tokens.takeWord('NOT')
  if (negated || tokens.takeWord('IN')) {
    if (negated) tokens.expectWord('IN')
    return checked({ ...field, comparator: negated ? 'NOT IN' : 'IN', value: readList(tokens) })
  }
  const comparator = comparatorOf(tokens.next('a comparator'))
  return checked({ ...field, comparator, value: readValue(tokens, field) })
}

function comparatorOf(token: Token): Comparator {
  const text = token.text.toUpperCase()
  if (text === '<>') return '!='
  if (['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'ILIKE'].includes(text)) return text as Comparator // one of those just listed
  throw bad(`Invalid comparator '${token.text}'. Use =, !=, <, <=, >, >=, LIKE, ILIKE, IN, IS NULL or IS NOT NULL.`)
}

function readValue(tokens: Tokens, field: Field): string | number {
  const token = tokens.next('a value')
  if (token.kind === 'number') return Number(token.text)
  if (token.kind === 'text') return unquote(token.text)
  throw bad(`Expected a quoted string value or a number for ${field.entity} '${field.key}'. Found ${token.text}`)
}

function readList(tokens: Tokens): string[] {
  tokens.expectSign('(')
  const values: string[] = []
  for (;;) {
    const token = tokens.next('a quoted text')
    if (token.kind !== 'text')
      throw bad(
        `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ${token.text}`,
      )
    values.push(unquote(token.text))
    const separator = tokens.next('"," or ")"')
    if (separator.text === ')') return values
    if (separator.text !== ',') throw bad(`Invalid clause(s) in filter string: found '${separator.text}' in a list.`)
  }
}

const times = new Set(['start_time', 'end_time', 'creation_time', 'last_update_time'])

/** True for a field whose values are numbers. */
export function isNumericField(field: Field): boolean {
  return field.entity === 'metric' || (field.entity === 'attribute' && times.has(field.key))
}

function checked(clause: Clause): Clause {
  const { comparator, value } = clause
  if (isNumericField(clause)) {
    if (typeof value !== 'number')
      throw bad(`Expected numeric value type for ${clause.entity}. Found ${JSON.stringify(value)}`)
    if (['LIKE', 'ILIKE'].includes(comparator))
      throw bad(`Invalid comparator '${comparator}' for ${clause.entity} '${clause.key}'. Use =, !=, <, <=, > or >=.`)
    return clause
  }
  if (typeof value === 'number')
    throw bad(`Expected a quoted string value for ${clause.entity} (e.g. 'my-value'). Got value ${value}`)
  if (['<', '<=', '>', '>='].includes(comparator))
    throw bad(
      `Invalid comparator '${comparator}' for ${clause.entity} '${clause.key}'. Use =, !=, LIKE, ILIKE, IN, IS NULL or IS NOT NULL.`,
    )
  return clause
}

const aliases: Readonly<Record<string, string>> = {
  created: 'start_time',
  Created: 'start_time',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
}

function fieldOf(token: Token, attributes: ReadonlySet<string>): Field {
  if (token.kind !== 'word' && token.kind !== 'quoted-name') {
    throw bad(
      `Invalid clause(s) in filter string: '${token.text}' is no field. Write metrics.x, params.x, tags.x or attributes.x.`,
    )
  }
  const dot = token.kind === 'word' ? token.text.indexOf('.') : -1
  const prefix = dot < 0 ? 'attribute' : token.text.slice(0, dot)
  const key = unquoteName(dot < 0 ? token.text : token.text.slice(dot + 1))
  const entity = Object.hasOwn(entities, prefix) ? entities[prefix] : undefined
  if (entity === undefined) {
    throw bad(`Invalid entity type '${prefix}'. Valid values are metrics, params, tags, attributes and datasets.`)
  }
  return checkedKey(entity, key, attributes)
}

const datasetKeys: ReadonlySet<string> = new Set(['name', 'digest', 'context'])

function checkedKey(entity: Entity, key: string, attributes: ReadonlySet<string>): Field {
  if (entity === 'dataset' && !datasetKeys.has(key)) {
    throw bad(`Invalid dataset attribute key '${key}' specified. Valid keys are 'name, digest, context'`)
  }
  if (entity !== 'attribute') return { entity, key }
  const attribute = aliases[key] ?? key
  if (attributes.has(attribute)) return { entity, key: attribute }
  throw bad(`Invalid attribute key '${key}' specified. Valid keys are '${[...attributes].join(', ')}'`)
}

/** The kinds of token in the order of `tokenForm`'s groups. */
const groupKinds = ['word', 'quoted-name', 'text', 'number', 'word', 'sign'] as const

function tokenise(text: string): Token[] {
  const tokens: Token[] = []
  tokenForm.lastIndex = 0
  while (tokenForm.lastIndex < text.trimEnd().length) {
    const groups = tokenForm.exec(text)?.slice(1) ?? []
    const at = groups.findIndex((group) => group !== undefined)
    const kind = groupKinds[at]
    if (kind === undefined) throw bad(`Invalid clause(s) in filter string: '${groups[at] ?? text.slice(0, 100)}'`)
    tokens.push({ kind, text: groups[at] ?? '' })
  }
  return tokens
}

function unquoteName(text: string): string {
  return /^(`.*`|".*")$/s.test(text) ? text.slice(1, -1) : text
}

function unquote(text: string): string {
  const inner = text.slice(1, -1)
  return text.startsWith("'") ? inner.replaceAll("''", "'").replaceAll("\\'", "'") : inner.replaceAll('\\"', '"')
}

function bad(reason: string): Error {
  return problem['bad-filter']({ reason })
}

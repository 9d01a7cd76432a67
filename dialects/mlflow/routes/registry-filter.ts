import type { Clause } from '@millrace/model-registry/contract'
import { invalid } from '../wire/mlflow-error.ts'

/** What a filter may speak of, and how errors print it. */
export interface Grammar {
  readonly fields: Readonly<Record<string, Clause['field']>>
  /** The names of `fields` as Python prints a set of them. */
  readonly keys: string
  readonly numeric: readonly string[]
  readonly listed: readonly string[]
}

export const modelGrammar: Grammar = { fields: { name: 'name' }, keys: "{'name'}", numeric: [], listed: ['name'] }

export const versionGrammar: Grammar = {
  fields: { name: 'name', version_number: 'version', run_id: 'runId', source_path: 'source' },
  keys: "{'name', 'version_number', 'run_id', 'source_path'}",
  numeric: ['version_number', 'creation_timestamp', 'last_updated_timestamp'],
  listed: ['name', 'run_id'],
}

const tokenForm =
  /\s*(?:(?<ident>(?:[A-Za-z_]\w*\.)?(?:`[^`]*`|"[^"]*"(?=\s*(?:=|!|<|>|[Ii]?[Ll][Ii][Kk][Ee]|[Nn][Oo][Tt]\s|[Ii][Nn]\b))|[A-Za-z_][\w.\-/]*))|(?<text>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?<sign><=|>=|!=|<>|=|<|>|\(|\)|,)|(?<other>\S+))/y

interface Token {
  readonly kind: 'ident' | 'text' | 'number' | 'sign' | 'other'
  readonly text: string
}

/** Reads MLflow's filter for models or versions. Throws its sentences. */
export function readFilter(filter: string, grammar: Grammar): Clause[] {
  const tokens = tokensOf(filter)
  const clauses: Clause[] = []
  while (tokens.length > 0) {
    if (isWord(tokens[0], 'AND')) tokens.shift()
    else clauses.push(readClause(tokens, grammar))
  }
  return clauses
}

function tokensOf(filter: string): Token[] {
  const tokens: Token[] = []
  const form = new RegExp(tokenForm)
  for (let match = form.exec(filter); match !== null; match = form.exec(filter)) {
    const found = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)
    if (found !== undefined) tokens.push({ kind: found[0] as Token['kind'], text: found[1] ?? '' }) // the pattern's own groups
  }
  return tokens
}

function readClause(tokens: Token[], grammar: Grammar): Clause {
  const [left] = tokens
  if (left?.kind !== 'ident' || tokens.length < 3) throw unreadable(tokens)
  tokens.shift()
  const comparator = readComparator(tokens, left)
  const { field, key } = fieldOf(left.text, grammar)
  const value =
    comparator === 'IN' || comparator === 'NOT IN'
      ? readList(tokens, field, key, grammar)
      : readValue(tokens, field, key, grammar)
  checkComparator(field, key, comparator)
  return { field, comparator, value, ...(field === 'tag' ? { key } : {}) }
}

const comparators: readonly Clause['comparator'][] = ['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'ILIKE', 'IN']

function readComparator(tokens: Token[], left: Token): Clause['comparator'] {
  const [token] = tokens
  tokens.shift()
  const word = token?.text.toUpperCase()
  if (word === 'NOT' && isWord(tokens[0], 'IN')) {
    tokens.shift()
    return 'NOT IN'
  }
  const known = comparators.find((one) => one === word && (token?.kind === 'sign' || token?.kind === 'ident'))
  if (known !== undefined) return known
  throw unreadable([left, ...(token === undefined ? [] : [token]), ...tokens])
}

function fieldOf(identifier: string, { fields, keys }: Grammar): { field: Clause['field']; key: string } {
  const dot = /^[A-Za-z_]\w*\./.exec(identifier)?.[0]
  const entity = dot?.slice(0, -1)
  if (entity !== undefined && !['attribute', 'tag', 'tags'].includes(entity))
    throw invalid(`Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`)
  const key = dot === undefined ? identifier : identifier.slice(dot.length)
  if (entity === 'tag' || entity === 'tags') return { field: 'tag', key: key.replace(/^([`"'])(.*)\1$/s, '$2') }
  const field = fields[key]
  if (field === undefined) throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '${keys}'`)
  return { field, key }
}

function readValue(tokens: Token[], field: Clause['field'], key: string, grammar: Grammar): string | number {
  const token = tokens.shift()
  const isNumber = grammar.numeric.includes(key)
  if (token?.kind === 'text' && !isNumber) return unquoted(token)
  if (token?.kind === 'number' && field !== 'tag' && grammar.numeric.length > 0)
    return readNumber(token.text, key, grammar)
  throw unreadableValue(token, field, key)
}

function unreadableValue(token: Token | undefined, field: Clause['field'], key: string): Error {
  const got = token?.text ?? ''
  if (token?.kind === 'text') return invalid(`Invalid value for numeric attribute '${key}': '${unquoted(token)}'`)
  if (field === 'tag') return invalid(`Expected a quoted string value for tag (e.g. 'my-value'). Got value ${got}`)
  if (token?.kind === 'ident')
    return invalid(
      `Parameter value is either not quoted or unidentified quote types used for string value ${got}. Use either single or double quotes.`,
    )
  return invalid(`Expected a quoted string value or a list of quoted string values for attributes. Got value ${got}`)
}

function readNumber(text: string, key: string, { numeric }: Grammar): number {
  if (!numeric.includes(key))
    throw invalid(
      `Only the '{${numeric.map((name) => `'${name}'`).join(', ')}}' attributes support comparison with numeric values.`,
    )
  if (!/^[-+]?\d+$/.test(text)) throw invalid(`Invalid value for numeric attribute '${key}': ${text}`)
  return Number(text)
}

function readList(tokens: Token[], field: Clause['field'], key: string, { listed }: Grammar): string[] {
  const close = tokens.findIndex((token) => token.kind === 'sign' && token.text === ')')
  if (tokens[0]?.text !== '(' || close < 0) throw unreadable(tokens)
  const inside = tokens.splice(0, close + 1).slice(1, -1)
  const written = `(${inside.map((token) => token.text).join(' ')})`
  if (field === 'tag') throw invalid(`Expected a quoted string value for tag (e.g. 'my-value'). Got value ${written}`)
  if (!listed.includes(key))
    throw invalid(
      `Only the ${listed.map((name) => `'${name}'`).join(', ')} attribute supports comparison with a list of quoted string values.`,
    )
  const values = inside.filter((token) => token.text !== ',')
  const separated = inside.every((token, at) => (at % 2 === 1) === (token.text === ','))
  if (values.length === 0 || !separated || values.some((token) => token.kind !== 'text'))
    throw invalid(
      `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ${written}`,
    )
  return values.map(unquoted)
}

function checkComparator(field: Clause['field'], key: string, comparator: Clause['comparator']): void {
  if (field === 'version') {
    if (!['=', '!=', '<', '<=', '>', '>='].includes(comparator))
      throw invalid(`Invalid comparator for attribute ${key}: ${comparator}`)
    return
  }
  if (['<', '<=', '>', '>='].includes(comparator))
    throw invalid(`Invalid comparator for ${field === 'tag' ? 'tag' : 'attribute'}: ${comparator}`)
}

const isWord = (token: Token | undefined, word: string) => token?.kind === 'ident' && token.text.toUpperCase() === word

const unquoted = ({ text }: Token) => text.slice(1, -1).replaceAll(text.charAt(0).repeat(2), text.charAt(0))

function unreadable(tokens: readonly Token[]): Error {
  return invalid(`Invalid clause(s) in filter string: ${tokens.map((token) => token.text).join(' ')}`.slice(0, 1000))
}

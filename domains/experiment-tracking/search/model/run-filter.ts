import type { Clause, Comparator, Entity, Field, Order } from '../../model/filter.ts'
import { problem } from '../../model/problems.ts'
import type { FilterToken } from './filter-tokens.ts'
import { filterTokens, nameParts, unquoted } from './filter-tokens.ts'

const entities: Readonly<Record<string, Entity>> = {
  metric: 'metric',
  metrics: 'metric',
  parameter: 'param',
  parameters: 'param',
  param: 'param',
  params: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  dataset: 'dataset',
  datasets: 'dataset',
}

const aliases: Readonly<Record<string, string>> = {
  created: 'start_time',
  Created: 'start_time',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
}

const times = new Set(['start_time', 'end_time'])
const orderable = [
  'run_id',
  'run_name',
  'user_id',
  'status',
  'artifact_uri',
  'start_time',
  'end_time',
  'created',
  'Created',
]
const searchable = [...orderable, 'Run Name', 'Run name', 'run name']
const datasetKeys = ['name', 'digest', 'context']

/**
 * Reads a filter of runs exactly as MLflow 3 reads it, with its sentences: comparisons, with AND between them or nothing;
 * no OR, NOT or groups. Keys may hold `-`, `/` and `:` without quotes, where MLflow asks for quotes. Throws
 * `experiment-tracking/bad-filter`.
 */
export function parseRunFilter(text: string): Clause[] {
  if (/;\s*\S/.test(text.replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, '')))
    throw bad(`Search filter contained multiple expression ${repr(text)}. Provide AND-ed expression list.`)
  const { comparisons, loose } = grouped(filterTokens(text))
  if (loose.length > 0)
    throw bad(`Invalid clause(s) in filter string: ${loose.map((token) => `'${token.text}'`).join(', ')}`)
  const clauses = comparisons.map(clauseOf)
  for (const clause of clauses) checkComparator(clause)
  return clauses
}

interface Comparison {
  readonly left: FilterToken
  readonly comparator: string
  readonly right: FilterToken | undefined
}

/** The comparisons of a filter, and the pieces that belong to none. */
function grouped(tokens: readonly FilterToken[]): { comparisons: Comparison[]; loose: FilterToken[] } {
  const comparisons: Comparison[] = []
  const loose: FilterToken[] = []
  for (let at = 0; at < tokens.length;) {
    const found = comparisonAt(tokens, at)
    const token = tokens[at]
    if (found !== undefined) comparisons.push(found.comparison)
    else if (token !== undefined && !isWord(token, 'AND')) loose.push(token)
    at += found?.length ?? 1
  }
  return { comparisons, loose }
}

function comparisonAt(
  tokens: readonly FilterToken[],
  at: number,
): { comparison: Comparison; length: number } | undefined {
  const [left, ...rest] = tokens.slice(at, at + 4)
  if (left === undefined || !isOperand(left)) return undefined
  const shape = rest.map(wordOf)
  const found = forms.find(({ words }) => words.every((word, place) => shape[place] === word))
  if (found === undefined) return undefined
  const { words, hasValue } = found
  const written = rest.slice(0, hasValue ? words.length - 1 : words.length)
  const comparator = written.map((token) => token.text).join(' ')
  const right = hasValue ? rest[words.length - 1] : undefined
  return { comparison: { left, comparator, right }, length: words.length + 1 }
}

/** What may follow a name, the longest first; `?` is any comparator, `value` a text, name or number. */
const forms: readonly { words: readonly string[]; hasValue: boolean }[] = [
  { words: ['IS', 'NOT', 'NULL'], hasValue: false },
  { words: ['NOT', 'IN', 'list'], hasValue: true },
  { words: ['NOT', '?', 'value'], hasValue: true },
  { words: ['IS', 'NULL'], hasValue: false },
  { words: ['IN', 'list'], hasValue: true },
  { words: ['?', 'value'], hasValue: true },
]

function wordOf(token: FilterToken): string {
  if (token.kind === 'keyword') return token.text.toUpperCase()
  if (token.kind === 'comparator') return '?'
  return isOperand(token) ? 'value' : token.kind
}

function isOperand({ kind }: FilterToken): boolean {
  return kind === 'identifier' || kind === 'text' || kind === 'number'
}

function isWord({ kind, text }: FilterToken, word: string): boolean {
  return kind === 'keyword' && text.toUpperCase() === word
}

function clauseOf({ left, comparator, right }: Comparison): Clause {
  if (left.kind !== 'identifier') throw bad(`Invalid comparison clause. Expected 'Identifier' found '${left.text}'`)
  const field = fieldOf(left.text, searchable)
  if (right === undefined) {
    if (field.entity !== 'tag' && field.entity !== 'param')
      throw bad(`IS NULL / IS NOT NULL is only supported for tags and params, not for '${field.entity}' '${field.key}'`)
    return { ...field, comparator: comparator.toUpperCase() as Comparator, value: null } // one of two forms
  }
  // The sign is checked after all values were read, as MLflow does it.
  return { ...field, comparator: comparator.toUpperCase() as Comparator, value: valueOf(field, right) }
}

function fieldOf(name: string, known: readonly string[]): Field {
  const { prefix = 'attribute', key } = nameParts(name)
  const entity = Object.hasOwn(entities, prefix) ? entities[prefix] : undefined
  if (entity === undefined)
    throw bad(
      `Invalid entity type '${prefix}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`,
    )
  if (entity === 'attribute' && !known.includes(key))
    throw bad(`Invalid attribute key '${key}' specified. Valid keys are '${setOf(known)}'`)
  if (entity === 'dataset' && !datasetKeys.includes(key))
    throw bad(`Invalid dataset key '${key}' specified. Valid keys are '${setOf(datasetKeys)}'`)
  return { entity, key: entity === 'attribute' ? (aliases[key] ?? key) : key }
}

function valueOf(field: Field, token: FilterToken): string | number | string[] {
  const { entity, key } = field
  if (entity === 'metric' || (entity === 'attribute' && times.has(key))) return numberOf(field, token)
  if (token.kind === 'list') return listOf(field, token)
  if (token.kind === 'number')
    throw bad(`Expected a quoted string value for ${expected[entity]}. Got value ${token.text}`)
  if (/^(['"]).*\1$/s.test(token.text) && token.text.length >= 2) return token.text.slice(1, -1)
  throw bad(
    `Parameter value is either not quoted or unidentified quote types used for string value ${token.text}. Use either single or double quotes.`,
  )
}

const expected: Readonly<Record<Entity, string>> = {
  metric: 'metric',
  param: "parameter (e.g. 'my-value')",
  tag: "tag (e.g. 'my-value')",
  attribute: 'attributes',
  dataset: 'dataset attributes',
}

function numberOf({ entity, key }: Field, token: FilterToken): number {
  const what = entity === 'metric' ? 'metric.' : `numeric attribute: ${key}.`
  if (token.kind !== 'number') throw bad(`Expected numeric value type for ${what} Found ${token.text}`)
  return Number(token.text)
}

function listOf({ entity, key }: Field, token: FilterToken): string[] {
  if (entity === 'param' || entity === 'tag')
    throw bad(`Expected a quoted string value for ${expected[entity]}. Got value ${token.text}`)
  if (entity === 'attribute' && key !== 'run_id')
    throw bad("Only ['run_id'] attributes support comparison with a list of quoted string values.")
  const inner = token.text.slice(1, -1).trim()
  if (inner === '')
    throw bad('While parsing a list in the query, expected a non-empty list of string values, but got empty list')
  const items = [...inner.matchAll(/\s*('[^']*'|"[^"]*"|[^,]+)\s*(,|$)/g)].map((match) => (match[1] ?? '').trim())
  const wrong = items.some((item) => !/^('[^']*'|"[^"]*")$/.test(item))
  if (wrong || items.length === 0)
    throw bad(
      `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: (${items.join(', ')}${items.length === 1 ? ',' : ''})`,
    )
  return items.map(unquoted)
}

const numeric = ['>', '>=', '!=', '=', '<', '<=']
const textual = ['!=', '=', 'LIKE', 'ILIKE']
const allowed: Readonly<Record<Entity, readonly string[]>> = {
  metric: numeric,
  param: [...textual, 'IS NULL', 'IS NOT NULL'],
  tag: [...textual, 'IS NULL', 'IS NOT NULL'],
  attribute: [...textual, 'IN', 'NOT IN'],
  dataset: [...textual, 'IN', 'NOT IN'],
}

function checkComparator({ entity, key, comparator }: Clause): void {
  const known = entity === 'attribute' && times.has(key) ? numeric : allowed[entity]
  if (!known.includes(comparator)) throw bad(`Invalid comparator '${comparator}' not one of '${setOf(known)}'`)
}

/** Attributes that our own searches can order by beside those of MLflow. */
const ownAttributes = ['took', 'experiment', 'parent', 'created_time', 'code']

/**
 * Reads `["metrics.loss DESC", "params.lr"]` as MLflow does, and the attributes that only we have. Throws
 * `experiment-tracking/bad-filter`.
 */
export function parseRunOrders(texts: readonly string[]): Order[] {
  const orders = texts.map(orderOf)
  const names = new Set(orders.map(({ entity, key }) => `${entity}.${key}`))
  if (names.size < orders.length) throw bad(`\`order_by\` contains duplicate fields: [${texts.map(repr).join(', ')}]`)
  return orders
}

function orderOf(text: string): Order {
  const tokens = filterTokens(text)
  const [name, direction] = tokens
  if (name === undefined || tokens.length > 2 || tokens.some(({ kind }) => kind !== 'identifier'))
    throw bad(`Invalid order_by clause '${text}'. Could not be parsed.`)
  const word = direction?.text.toUpperCase() ?? 'ASC'
  if (word !== 'ASC' && word !== 'DESC') throw bad(`Invalid ordering key in order_by clause '${text}'.`)
  const isOwn = ownAttributes.includes(name.text)
  const field = isOwn ? { entity: 'attribute' as const, key: name.text } : fieldOf(name.text, orderable)
  if (field.entity === 'dataset') throw bad("Invalid identifier type 'dataset'")
  return { ...field, descending: word === 'DESC' }
}

/** As Python writes a set. */
function setOf(words: readonly string[]): string {
  return `{${words.map((word) => `'${word}'`).join(', ')}}`
}

/** As Python writes a text. */
function repr(text: string): string {
  return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", String.raw`\'`)}'`
}

function bad(reason: string): Error {
  return problem['bad-filter']({ reason })
}

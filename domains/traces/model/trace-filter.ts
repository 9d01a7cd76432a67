import { problem } from './problems.ts'
import { known } from './trace.ts'
import { Tokens } from './filter-tokens.ts'
import type { Token } from './filter-tokens.ts'

export type FilterEntity =
  | 'attribute'
  | 'tag'
  | 'metadata'
  | 'span'
  | 'feedback'
  | 'expectation'
  | 'issue'
  | 'run'
  | 'prompt'

/** One condition on traces; a filter is all of its clauses together. */
export interface Clause {
  readonly entity: FilterEntity
  readonly key: string
  /** `=`, `!=`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE`, `RLIKE`, `IN`, `NOT IN`, `IS NULL`, `IS NOT NULL`. */
  readonly comparator: string
  /** A list for IN and NOT IN; null for IS NULL and IS NOT NULL. */
  readonly value: string | number | readonly string[] | null
}

export interface TraceOrder {
  readonly entity: 'attribute' | 'tag' | 'metadata'
  readonly key: string
  readonly descending: boolean
}

const entities: Readonly<Record<string, FilterEntity>> = {
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  trace: 'attribute',
  metadata: 'metadata',
  request_metadata: 'metadata',
  span: 'span',
  feedback: 'feedback',
  expectation: 'expectation',
  issue: 'issue',
}

const numeric = new Set(['timestamp_ms', 'execution_time_ms', 'end_time_ms'])
const aliases: Readonly<Record<string, string>> = {
  timestamp: 'timestamp_ms',
  execution_time: 'execution_time_ms',
  end_time: 'end_time_ms',
}
const filterKeys = [
  'request_id',
  'timestamp',
  'timestamp_ms',
  'execution_time',
  'execution_time_ms',
  'end_time',
  'end_time_ms',
  'status',
  'client_request_id',
  'name',
  'run_id',
  'prompt',
  'text',
]
const orderKeys = [...filterKeys.slice(0, 8), 'name', 'run_id', 'experiment_id']

const textSigns = ['=', '!=', 'LIKE', 'ILIKE', 'RLIKE']
const listSigns = ['IN', 'NOT IN']
const nullSigns = ['IS NULL', 'IS NOT NULL']
const numberSigns = ['=', '!=', '<', '<=', '>', '>=']

/** Reads a filter of traces in the grammar that MLflow's clients write: clauses joined by AND. Throws `traces/bad-filter`. */
export function parseTraceFilter(text: string): Clause[] {
  const tokens = new Tokens(text)
  const clauses: Clause[] = []
  while (!tokens.done()) {
    if (clauses.length > 0) tokens.expectAnd()
    clauses.push(readClause(tokens))
  }
  return clauses
}

/** Reads `timestamp_ms DESC`, `tags.team` and the like. Throws `traces/bad-filter`. */
export function parseTraceOrder(text: string): TraceOrder {
  const match = /^\s*(.+?)(?:\s+(ASC|DESC))?\s*$/is.exec(text)
  const tokens = new Tokens(match?.[1] ?? '')
  const field = fieldOf(tokens.next('a field'), orderKeys)
  if (!tokens.done()) throw bad(`Invalid order_by clause '${text.slice(0, 200)}'. Could not be parsed.`)
  const descending = match?.[2]?.toUpperCase() === 'DESC'
  if (field.entity === 'run') return { entity: 'metadata', key: known.sourceRun, descending }
  if (field.entity === 'attribute' || field.entity === 'tag' || field.entity === 'metadata')
    return { entity: field.entity, key: field.key, descending }
  throw bad(`Invalid identifier type '${field.entity}'`)
}

interface Field {
  readonly entity: FilterEntity
  readonly key: string
}

function readClause(tokens: Tokens): Clause {
  const field = fieldOf(tokens.next('a field'), filterKeys)
  const comparator = tokens.comparator()
  const value = readValue(tokens, field, comparator)
  check({ ...field, comparator, value })
  // A run that a trace was made in is also one that it is linked to; other comparisons look at the first alone.
  if (field.entity === 'run' && comparator !== '=')
    return { entity: 'metadata', key: known.sourceRun, comparator, value }
  return { ...field, comparator, value }
}

function fieldOf(token: Token, keys: readonly string[]): Field {
  if (token.kind !== 'name') throw bad(`Invalid clause(s) in filter string: '${token.text}'`)
  const { prefix, key } = token
  if (prefix === undefined) return attribute(key, keys)
  const entity = Object.hasOwn(entities, prefix) ? entities[prefix] : undefined
  if (entity === undefined) {
    const valid = Object.keys(entities).map((name) => `'${name}'`)
    throw bad(`Invalid entity type '${prefix}'. Valid values are {${valid.join(', ')}}`)
  }
  if (entity === 'attribute') return attribute(key, keys)
  if (entity === 'span') return spanField(key)
  if (entity === 'issue' && key !== 'id') throw bad(`Invalid issue attribute '${key}'. Supported attributes: id`)
  return { entity, key }
}

function attribute(key: string, keys: readonly string[]): Field {
  if (!keys.includes(key)) {
    throw bad(
      `Invalid attribute key '${key}' specified. Valid keys are '{${keys.map((name) => `'${name}'`).join(', ')}}'`,
    )
  }
  if (key === 'name') return { entity: 'tag', key: known.name }
  if (key === 'run_id') return { entity: 'run', key }
  if (key === 'prompt') return { entity: 'prompt', key }
  if (key === 'text') return { entity: 'span', key: 'content' }
  return { entity: 'attribute', key: aliases[key] ?? key }
}

function spanField(key: string): Field {
  if (/^attributes\.?$/.test(key)) throw bad("Span attribute name cannot be empty after 'attributes.'")
  if (/["\\]/.test(key)) throw bad(`A span attribute's name cannot hold quotes or backslashes: '${key}'.`)
  if (['name', 'type', 'status', 'content'].includes(key) || key.startsWith('attributes.'))
    return { entity: 'span', key: key.replace(/^attributes\.`(.+)`$/, 'attributes.$1') }
  throw bad(`Invalid span attribute '${key}'. Supported attributes: name, status, type, attributes.<attribute_name>.`)
}

function readValue(tokens: Tokens, field: Field, comparator: string): Clause['value'] {
  if (nullSigns.includes(comparator)) return null
  if (listSigns.includes(comparator)) return tokens.list()
  const token = tokens.next('a value')
  if (token.kind === 'number') return Number(token.text)
  if (token.kind === 'text') return token.text
  const what = field.entity === 'metadata' ? 'request_metadata' : field.entity
  throw bad(`Expected a quoted string value for ${what} (e.g. 'my-value'). Got value ${token.text}`)
}

/** Refuses what the grammar allows but the field does not, in MLflow's words. */
function check({ entity, key, comparator, value }: Clause): void {
  const signs = signsOf(entity, key)
  if (!signs.includes(comparator)) {
    const set = `{${signs.map((sign) => `'${sign}'`).join(', ')}}`
    throw bad(
      entity === 'span'
        ? `span.${key} comparator '${comparator}' not one of '${set}'`
        : entity === 'prompt'
          ? `Invalid comparator '${comparator}' for prompts filter. Only '=' is supported with format: prompt = "name/version"`
          : entity === 'feedback' || entity === 'expectation'
            ? `assessment.${key} comparator '${comparator}' not one of '${set}'`
            : `Invalid comparator '${comparator}' not one of '${set}'`,
    )
  }
  checkValue(entity, key, comparator, value)
  if (entity === 'prompt' && String(value).split('/').length !== 2)
    throw bad(`Invalid prompts filter value '${String(value)}'. Expected format: prompt = "name/version"`)
  if (comparator === 'RLIKE') checkPattern(String(value))
}

/** Fields that are no texts to be listed. */
const fieldSigns: Readonly<Record<string, readonly string[]>> = {
  timestamp_ms: numberSigns,
  execution_time_ms: numberSigns,
  end_time_ms: numberSigns,
  content: ['LIKE', 'ILIKE'],
}

function signsOf(entity: FilterEntity, key: string): readonly string[] {
  switch (entity) {
    case 'attribute':
    case 'span':
      return fieldSigns[key] ?? [...textSigns, ...listSigns]
    case 'issue':
    case 'prompt':
      return ['=']
    case 'feedback':
    case 'expectation':
      return [...textSigns, ...numberSigns.slice(2), ...nullSigns]
    default:
      return key === known.name || entity !== 'tag'
        ? [...textSigns, ...listSigns, ...nullSigns]
        : [...textSigns, ...nullSigns]
  }
}

function checkValue(entity: FilterEntity, key: string, comparator: string, value: Clause['value']): void {
  const wantsNumber =
    entity === 'attribute'
      ? numeric.has(key)
      : (entity === 'feedback' || entity === 'expectation') && numberSigns.slice(2).includes(comparator)
  if (wantsNumber && typeof value !== 'number') {
    throw bad(
      entity === 'attribute'
        ? `Expected numeric value type for attribute '${key}'. Found ${JSON.stringify(value)}`
        : `Expected a numeric value for ${entity} when using comparator '${comparator}'. Got value ${JSON.stringify(value)}`,
    )
  }
  if (!wantsNumber && typeof value === 'number') {
    const what = entity === 'metadata' ? 'request_metadata' : entity
    throw bad(`Expected a quoted string value for ${what} (e.g. 'my-value'). Got value ${value}`)
  }
}

/** A pattern that backtracks without end would hold the server: repetitions of repetitions and long patterns are refused. */
function checkPattern(pattern: string): void {
  if (pattern.length > 500 || /[*+}][^()]*\)[*+{]|\\[1-9]/.test(pattern))
    throw bad(`The pattern '${pattern.slice(0, 100)}' repeats a repetition or is longer than 500 characters.`)
  try {
    RegExp(pattern)
  } catch {
    throw bad(`'${pattern.slice(0, 100)}' is no regular expression.`)
  }
}

function bad(reason: string): Error {
  return problem['bad-filter']({ reason })
}
